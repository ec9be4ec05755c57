import type { ServerResponse } from 'node:http';
import type { LiveEvicted, LiveLogs, LiveTraces, TraceSummary } from '@span-links/explorer-api';
import { OnceAMinute } from '../access/once-a-minute.ts';
import type { EvictedTraces, StoredLogs, StoredTraces } from '@span-links/trace-store';

/** Summaries of the stored traces, in the requested order. */
export interface SummarySource {
  summaries(traceIds: readonly string[]): Promise<readonly TraceSummary[]>;
}

export interface LiveFeedOptions {
  /** The pause between two events of one kind, in ms. */
  readonly pauseMs: number;
  readonly heartbeatMs: number;
  readonly maxReaders: number;
  /**
   * Limit of events that a reader has not received yet. A slower reader is disconnected and may
   * come back.
   */
  readonly maxUnreadBytes: number;
  /** Called once a minute with the number of refused readers. */
  readonly onRefused: (line: string) => void;
}

/**
 * Four events a second. The heartbeat is well below the 60 s after which proxies close a silent
 * connection.
 */
export const LIVE_FEED_DEFAULTS: LiveFeedOptions = {
  pauseMs: 250,
  heartbeatMs: 15_000,
  maxReaders: 100,
  maxUnreadBytes: 4 * 1024 * 1024,
  onRefused: () => undefined,
};

const MAX_TRACES = 100;
const MAX_LINKED = 1_000;
const RETRY_MS = 2_000;

/**
 * Tells browsers about new traces, as server-sent events. It gathers changes between events and
 * asks the database once for all readers, and not at all without readers. Missed events are not
 * kept: a reader that comes back after missing events is told to query again.
 */
export class LiveFeed {
  readonly #source: SummarySource;
  readonly #options: LiveFeedOptions;
  readonly #refusals: OnceAMinute;
  readonly #readers = new Set<ServerResponse>();
  readonly #changed = new Set<string>();
  readonly #linked = new Set<string>();
  readonly #logTraces = new Set<string>();
  #logCount = 0;
  #logOverflow = false;
  #overflow = false;
  #evicted: { before: bigint; traceCount: number } | undefined;
  #events = 0;
  #timer: NodeJS.Timeout | undefined;
  #heartbeat: NodeJS.Timeout | undefined;

  constructor(source: SummarySource, options: Partial<LiveFeedOptions> = {}) {
    this.#source = source;
    this.#options = { ...LIVE_FEED_DEFAULTS, ...options };
    this.#refusals = new OnceAMinute(this.#options.onRefused);
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /**
   * Turns a response into a stream of events, until either side ends it.
   *
   * @param lastEventId the last event of a reader that comes back; it has missed later events.
   * @returns false if there are too many readers.
   */
  add(response: ServerResponse, lastEventId: string | undefined): boolean {
    if (this.#readers.size >= this.#options.maxReaders) {
      this.#refusals.note(
        (count) => `refused live updates ${count} times: ${this.#options.maxReaders} are reading already`,
      );
      return false;
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      // For nginx, which would otherwise buffer the events.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    this.#readers.add(response);
    response.once('close', () => this.#readers.delete(response));
    if (lastEventId !== undefined) {
      response.write(this.#event('traces', { traces: [], linkedTraceIds: [], overflow: true }));
      response.write(this.#event('logs', { count: 0, traceIds: [], overflow: true }));
    }
    this.#heartbeat ??= setInterval(() => this.#beat(), this.#options.heartbeatMs).unref();
    return true;
  }

  noteStored({ traceIds, linkedTraceIds }: StoredTraces): void {
    if (this.#readers.size === 0) return;
    this.#overflow = note(this.#changed, traceIds, MAX_TRACES) || this.#overflow;
    this.#overflow = note(this.#linked, linkedTraceIds, MAX_LINKED) || this.#overflow;
    this.#schedule();
  }

  noteLogs({ count, traceIds }: Pick<StoredLogs, 'count' | 'traceIds'>): void {
    if (this.#readers.size === 0) return;
    this.#logCount += count;
    this.#logOverflow = note(this.#logTraces, traceIds, MAX_TRACES) || this.#logOverflow;
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

  #schedule(): void {
    this.#timer ??= setTimeout(() => void this.#tell(), this.#options.pauseMs).unref();
  }

  async #tell(): Promise<void> {
    const evicted = this.#evicted;
    this.#evicted = undefined;
    if (evicted) this.#send('evicted', { before: String(evicted.before), traceCount: evicted.traceCount });
    if (this.#logCount > 0) this.#send('logs', this.#takeLogs());
    if (this.#changed.size + this.#linked.size > 0) this.#send('traces', await this.#takeTraces());
    this.#timer = undefined;
    if (this.#changed.size + this.#linked.size + this.#logCount > 0 || this.#evicted) this.#schedule();
  }

  #takeLogs(): LiveLogs {
    const logs = { count: this.#logCount, traceIds: [...this.#logTraces], overflow: this.#logOverflow };
    this.#logCount = 0;
    this.#logTraces.clear();
    this.#logOverflow = false;
    return logs;
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
      // The database is away or slow. The reader must find the changes itself.
      return { traces: [], linkedTraceIds, overflow: true };
    }
  }

  #send(kind: 'traces', data: LiveTraces): void;
  #send(kind: 'logs', data: LiveLogs): void;
  #send(kind: 'evicted', data: LiveEvicted): void;
  #send(kind: 'traces' | 'logs' | 'evicted', data: LiveTraces | LiveLogs | LiveEvicted): void {
    this.#write(this.#event(kind, data));
  }

  #event(kind: string, data: unknown): string {
    // The id has no meaning, but without one, a browser that comes back would not report it.
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

/** @returns true if there was no room for all of them. */
function note(noted: Set<string>, traceIds: readonly string[], limit: number): boolean {
  let isFull = false;
  for (const traceId of traceIds) {
    if (noted.size < limit) noted.add(traceId);
    else isFull ||= !noted.has(traceId);
  }
  return isFull;
}
