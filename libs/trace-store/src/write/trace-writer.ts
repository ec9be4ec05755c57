import { OtlpDecodeError, spanCount, type FramedTraces, type TracesRequest } from '@span-links/otlp';
import type pg from 'pg';
import { isDatabaseAway, reasonOf, sqlState } from '../database-away.ts';
import type { SealedBlock } from '../filter/sealed-block.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { WRITER_CONNECTIONS } from '../store-pools.ts';
import { Dictionaries } from './dictionaries.ts';
import { prepareFrames } from './prepared-frames.ts';
import { prepareRequest, type PreparedRequest, type PreparedSpan } from './prepared-request.ts';
import { SpanIds } from './span-ids.ts';
import type { WriteCounts } from './write-counts.ts';
import { WriteQueue, type QueueLimits, type WaitingRequest } from './write-queue.ts';
import { writeSpans, type WrittenSpans } from './write-spans.ts';

/** What became of a request's spans. `stored` and `duplicates` are on the disk. */
export interface WriteOutcome {
  readonly stored: number;
  /** Delivered before, by whomever, or more than once in the request. */
  readonly duplicates: number;
  readonly refused: number;
  /** Why, for a `partial_success`: such as "3 spans: no valid trace id". */
  readonly reasons: readonly string[];
}

/** A commit, for those who watch. */
export interface StoredTraces {
  /** Traces with new spans. */
  readonly traceIds: readonly string[];
  /** Traces that gained a link from another trace. */
  readonly linkedTraceIds: readonly string[];
}

export interface TraceWriterOptions extends QueueLimits {
  readonly onCommit: (written: WrittenSpans) => void;
  /** Told of a block of span ids that is used up, and of those in hand at the end. */
  readonly onSealed: (block: SealedBlock) => void;
}

// SQLSTATE classes that blame the data: what PostgreSQL cannot represent (22), a constraint (23), a limit (54).
const BLAMES_DATA = /^(22|23|54)/;

/** Writes requests in groups, as many at a time as there are connections. */
export class TraceWriter {
  readonly #pool: pg.Pool;
  readonly #onCommit: TraceWriterOptions['onCommit'];
  readonly #queue: WriteQueue;
  readonly #dictionaries = new Dictionaries();
  readonly #spanIds: SpanIds;
  readonly #lanes = new Set<Promise<void>>();
  readonly #counts = { received: 0, stored: 0, duplicates: 0, refused: 0, turnedAway: 0 };
  #running = 0;
  #isClosed = false;

  /** Made by `openTraceStore`. */
  constructor(pool: pg.Pool, options: TraceWriterOptions) {
    this.#pool = pool;
    this.#onCommit = options.onCommit;
    this.#queue = new WriteQueue(options);
    this.#spanIds = new SpanIds(options.onSealed);
  }

  /**
   * Stores a request's spans and links; resolves once they are on the disk. Spans that cannot be stored are refused one by one. A
   * request whose promise rejects may be sent again: what was stored of it counts as duplicates then.
   *
   * @throws StoreOverloadedError where too much is waiting already
   * @throws StoreUnavailableError where the database is away, or the store is closed
   */
  async write(request: TracesRequest): Promise<WriteOutcome> {
    return this.#write(spanCount(request), () => prepareRequest(request, this.#dictionaries, Date.now()));
  }

  /**
   * The same for a request in protobuf, at a third of the price: most spans become rows without becoming objects first.
   *
   * @throws OtlpDecodeError where a span is broken; nothing of the request is stored then
   */
  async writeFrames(frames: FramedTraces): Promise<WriteOutcome> {
    return this.#write(spanCount(frames.request), () =>
      prepareFrames(frames, this.#dictionaries, Date.now()),
    );
  }

  counts(): WriteCounts {
    const { requests, spans, bytes } = this.#queue;
    return { ...this.#counts, queuedRequests: requests, queuedSpans: spans, queuedBytes: bytes };
  }

  /** Takes no more, and resolves when what was taken is settled. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.all(this.#lanes);
    this.#spanIds.seal('all');
  }

  /** To be called from time to time: of a process that rests, too, a block is sealed in the end. */
  sealOldBlocks(): void {
    this.#spanIds.seal('old');
  }

  async #write(spans: number, prepare: () => PreparedRequest): Promise<WriteOutcome> {
    try {
      if (this.#isClosed) throw new StoreUnavailableError('the trace store is closed');
      this.#queue.checkRoom();
      const prepared = prepare();
      if (prepared.spans.length > 0)
        await new Promise<void>((resolve, reject) => this.#enqueue(prepared, { resolve, reject }));
      return this.#outcome(prepared);
    } catch (error) {
      // What cannot be read was not turned away.
      if (!(error instanceof OtlpDecodeError)) this.#counts.turnedAway += spans;
      throw error;
    }
  }

  #outcome({ written, refusals }: PreparedRequest): WriteOutcome {
    this.#counts.received += written.stored + written.duplicates + refusals.count;
    this.#counts.stored += written.stored;
    this.#counts.duplicates += written.duplicates;
    this.#counts.refused += refusals.count;
    return { ...written, refused: refusals.count, reasons: refusals.sentences() };
  }

  #enqueue(request: PreparedRequest, settle: WaitingRequest['settle']): void {
    this.#queue.add({ request, bytes: request.spanRows.length + request.linkRows.length, settle });
    if (this.#running >= WRITER_CONNECTIONS) return;
    this.#running++;
    const lane = this.#drain().finally(() => this.#lanes.delete(lane));
    this.#lanes.add(lane);
  }

  async #drain(): Promise<void> {
    // Not at once: requests that come in the same tick share a commit.
    await Promise.resolve();
    for (let group = this.#queue.take(); group.length > 0; group = this.#queue.take()) {
      try {
        await this.#writeGroup(group.flatMap(({ request }) => request.spans));
        this.#queue.done(group);
        for (const { settle } of group) settle.resolve();
      } catch (error) {
        this.#queue.done(group);
        for (const { settle } of group) settle.reject(error);
      }
    }
    // In the tick that found nothing waiting: a request that comes in the next one has to start a lane.
    this.#running--;
  }

  async #writeGroup(spans: readonly PreparedSpan[]): Promise<void> {
    let client: pg.PoolClient | undefined;
    let failure: unknown;
    try {
      client = await this.#pool.connect();
      await this.#writeOrRefuse(client, spans);
    } catch (error) {
      failure = error;
      throw asStoreError(error);
    } finally {
      // After a failure the state of the connection is not known: it is closed, not reused.
      client?.release(failure !== undefined);
    }
  }

  /** One span that the database refuses must not cost its neighbours: the spans are split until it is alone. */
  async #writeOrRefuse(client: pg.PoolClient, spans: readonly PreparedSpan[]): Promise<void> {
    try {
      const written = await writeSpans(client, spans, this.#dictionaries, this.#spanIds);
      for (const { request } of written.stored) request.written.stored++;
      for (const { request } of written.duplicates) request.written.duplicates++;
      this.#onCommit(written);
    } catch (error) {
      if (!BLAMES_DATA.test(sqlState(error))) throw error;
      if (spans.length === 1) {
        spans[0]!.request.refusals.add(`the database refused it: ${reasonOf(error)}`);
        return;
      }
      const middle = Math.ceil(spans.length / 2);
      await this.#writeOrRefuse(client, spans.slice(0, middle));
      await this.#writeOrRefuse(client, spans.slice(middle));
    }
  }
}

/** Whatever the database says that does not blame the data is no fault of the sender, who may try again. */
function asStoreError(error: unknown): unknown {
  if (!isDatabaseAway(error) && sqlState(error) === '') return error;
  return new StoreUnavailableError(`the spans could not be stored: ${reasonOf(error)}`, { cause: error });
}
