import type { ServerResponse } from 'node:http';
import type { LiveEvicted, LiveTraces, TraceSummary } from '@span-links/explorer-api';
import type { EvictedTraces, StoredTraces } from '@span-links/trace-store';

/** Summaries of the traces that are here, in the order asked for. */
export interface SummarySource {
  summaries(traceIds: readonly string[]): Promise<readonly TraceSummary[]>;
}

export interface LiveFeedOptions {
  /** Between two events of one kind, in ms. */
  readonly pauseMs: number;
  readonly heartbeatMs: number;
  readonly maxReaders: number;
  /** Of events that a reader has not taken yet; a slower one is cut off and may come back. */
  readonly maxUnreadBytes: number;
}

/** Four events a second; a heartbeat well below the 60 s after which proxies give up a silent connection. */
export const LIVE_FEED_DEFAULTS: LiveFeedOptions = {
  pauseMs: 250,
  heartbeatMs: 15_000,
  maxReaders: 100,
  maxUnreadBytes: 4 * 1024 * 1024,
};

const MAX_TRACES = 100;
const MAX_LINKED = 1_000;
const RETRY_MS = 2_000;

/**
 * Tells browsers what came in, as server-sent events. It gathers between events, asks the database once for all readers, and nothing
 * while nobody listens. What a reader missed is not kept: one that comes back after missing events is told to ask anew.
 */
export class LiveFeed {
  readonly #source: SummarySource;
  readonly #options: LiveFeedOptions;
  readonly #readers = new Set<ServerResponse>();
  readonly #changed = new Set<string>();
  readonly #linked = new Set<string>();
  #overflow = false;
  #evicted: { before: bigint; traceCount: number } | undefined;
  #events = 0;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(source: SummarySource, options: Partial<LiveFeedOptions> = {}) {
    this.#source = source;
    this.#options = { ...LIVE_FEED_DEFAULTS, ...options };
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /**
   * Makes a response a stream of events, until either side ends it.
   *
   * @param lastEventId what the reader saw last, where it comes back: it has missed what came in meanwhile.
   * @returns false where too many are reading already.
   */
  add(response: ServerResponse, lastEventId: string | undefined): boolean {
    if (this.#readers.size >= this.#options.maxReaders) return false;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // For nginx, which would hold events back to fill its buffers.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    if (lastEventId !== undefined) {
      response.write(this.#event('traces', { traces: [], linkedTraceIds: [], overflow: true }));
    }
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#options.heartbeatMs).unref();
    return true;
  }

  noteStored({ traceIds, linkedTraceIds }: StoredTraces): void {
    if (this.#readers.size === 0) return;
    this.#note(this.#changed, traceIds, MAX_TRACES);
    this.#note(this.#linked, linkedTraceIds, MAX_LINKED);
    this.#schedule();
  }

  noteEvicted({ traceIds, beforeNs }: EvictedTraces): void {
    if (this.#readers.size === 0) return;
    const { before, traceCount } = this.#evicted ?? { before: 0n, traceCount: 0 };
    this.#evicted = {
      before: beforeNs > before ? beforeNs : before,
      traceCount: traceCount + traceIds.length,
    };
    this.#schedule();
  }

  /** Ends all streams. */
  end(): void {
    clearTimeout(this.#timer);
    clearInterval(this.#heartbeat);
    for (const response of this.#readers) response.end();
  }

  #note(noted: Set<string>, traceIds: readonly string[], limit: number): void {
    for (const traceId of traceIds) {
      if (noted.size < limit) noted.add(traceId);
      else if (!noted.has(traceId)) this.#overflow = true;
    }
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.#tell(), this.#options.pauseMs).unref();
  }

  async #tell(): Promise<void> {
    const evicted = this.#evicted;
    this.#evicted = undefined;
    if (evicted) this.#send('evicted', { before: String(evicted.before), traceCount: evicted.traceCount });
    if (this.#changed.size + this.#linked.size > 0) this.#send('traces', await this.#takeTraces());
    this.#timer = undefined;
    if (this.#changed.size + this.#linked.size > 0 || this.#evicted) this.#schedule();
  }

  async #takeTraces(): Promise<LiveTraces> {
    const traceIds = [...this.#changed];
    const linkedTraceIds = [...this.#linked];
    const overflow = this.#overflow;
    this.#changed.clear();
    this.#linked.clear();
    this.#overflow = false;
    try {
      return { traces: await this.#source.summaries(traceIds), linkedTraceIds, overflow };
    } catch {
      // The database is away or slow; what changed is then for the reader to find out.
      return { traces: [], linkedTraceIds, overflow: true };
    }
  }

  #send(kind: 'traces', data: LiveTraces): void;
  #send(kind: 'evicted', data: LiveEvicted): void;
  #send(kind: 'traces' | 'evicted', data: LiveTraces | LiveEvicted): void {
    this.#write(this.#event(kind, data));
  }

  #event(kind: string, data: unknown): string {
    // The id says nothing; without one, a browser that comes back would not say that it had been here.
    return `id: ${++this.#events}\nevent: ${kind}\ndata: ${JSON.stringify(data)}\n\n`;
  }

  #beat(): void {
    this.#write(':\n\n');
  }

  #write(text: string): void {
    for (const response of this.#readers) {
      if (response.writableLength > this.#options.maxUnreadBytes) response.destroy();
      else response.write(text);
    }
  }
}
