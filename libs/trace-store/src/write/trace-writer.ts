import {
  inTurns,
  logRecordCount,
  type LogsRequest,
  OtlpDecodeError,
  spanCount,
  type FramedTraces,
  type Steps,
  type TracesRequest,
} from '@span-links/otlp';
import type pg from 'pg';
import { isDatabaseAway, errorText, sqlState } from '../database-away.ts';
import type { SealedBlock } from '../filter/sealed-block.ts';
import { StoreUnavailableError } from '../store-errors.ts';
import { WRITER_CONNECTIONS } from '../store-pools.ts';
import { Dictionaries } from './dictionaries.ts';
import { prepareFrames } from './prepared-frames.ts';
import { emptyRequest, prepareRequest, type PreparedRequest, type PreparedSpan } from './prepared-request.ts';
import { Refusals } from './refusals.ts';
import { SpanIds } from './span-ids.ts';
import { SignalCounter, type WriteCounts } from './write-counts.ts';
import {
  encodedBytes,
  WriteQueue,
  type QueueLimits,
  type QueueShare,
  type WaitingRequest,
} from './write-queue.ts';
import { prepareLogs, writeLogs, type PreparedLog } from './write-logs.ts';
import { writeSpans, type WrittenSpans } from './write-spans.ts';

/** The result for a request's spans. `stored` and `duplicates` are on the disk. */
export interface WriteOutcome {
  readonly stored: number;
  /** Delivered before, by any sender, or more than once in the request. */
  readonly duplicates: number;
  readonly refused: number;
  /** The reasons, for a `partial_success`: for example "3 spans: no valid trace id". */
  readonly reasons: readonly string[];
}

/** A commit, for listeners. */
export interface StoredTraces {
  /** Traces with new spans. */
  readonly traceIds: readonly string[];
  /** Traces that gained a link from another trace. */
  readonly linkedTraceIds: readonly string[];
}

/** A commit of log records, for listeners. */
export interface StoredLogs {
  readonly count: number;
  /** The traces of the request; some of its records may have been stored before. */
  readonly traceIds: readonly string[];
  /** Estimated. */
  readonly diskBytes: number;
}

export interface TraceWriterOptions extends QueueLimits {
  readonly onCommit: (written: WrittenSpans) => void;
  /** Called after each commit of log records. */
  readonly onLogs: (stored: StoredLogs) => void;
  /** Called with each used-up block of span ids, and at the end with the current blocks. */
  readonly onSealed: (block: SealedBlock) => void;
}

/** Encodes a request into an empty one. */
type Prepare = (prepared: PreparedRequest) => Steps<PreparedRequest>;

// SQLSTATE classes that blame the data: values that PostgreSQL cannot represent (22), a constraint
// (23), a limit (54).
const BLAMES_DATA = /^(22|23|54)/;

/** Writes requests in groups. Each connection writes one group at a time. */
export class TraceWriter {
  readonly #pool: pg.Pool;
  readonly #onCommit: TraceWriterOptions['onCommit'];
  readonly #onLogs: TraceWriterOptions['onLogs'];
  readonly #queue: WriteQueue;
  readonly #dictionaries = new Dictionaries();
  readonly #spanIds: SpanIds;
  readonly #lanes = new Set<Promise<void>>();
  /** Requests that were accepted and are not settled. */
  readonly #accepted = new Set<Promise<unknown>>();
  readonly #spans = new SignalCounter();
  readonly #logs = new SignalCounter();
  #running = 0;
  #isClosed = false;

  /** Made by `openTraceStore`. */
  constructor(pool: pg.Pool, options: TraceWriterOptions) {
    this.#pool = pool;
    this.#onCommit = options.onCommit;
    this.#onLogs = options.onLogs;
    this.#queue = new WriteQueue(options);
    this.#spanIds = new SpanIds(options.onSealed);
  }

  /**
   * Stores a request's spans and links; resolves once they are on the disk. Spans that cannot be
   * stored are refused one by one. A request whose promise rejects may be sent again: its stored
   * spans then count as duplicates.
   *
   * @throws StoreOverloadedError if too much is already waiting
   * @throws StoreUnavailableError if the database is away or the store is closed
   */
  async write(request: TracesRequest): Promise<WriteOutcome> {
    return this.#write(spanCount(request), 0, (prepared) =>
      prepareRequest(request, this.#dictionaries, Date.now(), prepared),
    );
  }

  /**
   * The same for a request whose spans are not decoded. In protobuf it costs a third, because most
   * spans become rows without becoming objects first.
   *
   * @throws OtlpDecodeError if a span is broken; nothing of the request is stored then
   */
  async writeFrames(frames: FramedTraces): Promise<WriteOutcome> {
    return this.#write(spanCount(frames.request), frames.bytes.length, (prepared) =>
      prepareFrames(frames, this.#dictionaries, Date.now(), prepared),
    );
  }

  /**
   * Stores a request's log records; resolves once they are on the disk. They share the queue with
   * waiting spans. Records that are stored already count as duplicates. A log record has no id: it
   * is the same if all of its content is, and equal records of one request are different ones.
   *
   * @param bytes of the encoded request
   * @throws StoreOverloadedError, StoreUnavailableError as {@link write} does
   */
  async writeLogs(request: LogsRequest, bytes: number): Promise<WriteOutcome> {
    const records = logRecordCount(request);
    try {
      if (this.#isClosed) throw new StoreUnavailableError('the trace store is closed');
      const share = this.#queue.reserve(records, bytes);
      const storing = this.#storeLogs(request, bytes).finally(() => {
        share.release();
        this.#accepted.delete(storing);
      });
      this.#accepted.add(storing);
      return await storing;
    } catch (error) {
      this.#logs.turnedAway(records);
      throw error;
    }
  }

  async #storeLogs(request: LogsRequest, bytes: number): Promise<WriteOutcome> {
    const refusals = new Refusals('log record');
    const logs = await inTurns(prepareLogs(request, this.#dictionaries, Date.now(), refusals), bytes);
    let stored = 0;
    const refusedBefore = refusals.count;
    if (logs.length > 0)
      await this.#onConnection(
        async (client) => (stored = await this.#storeOrRefuseLogs(client, logs, refusals)),
      );
    const refusedByDatabase = refusals.count - refusedBefore;
    const duplicates = logs.length - stored - refusedByDatabase;
    const counts = { stored, duplicates, refused: refusals.count };
    this.#logs.answered(counts, refusals.words);
    return { ...counts, reasons: refusals.sentences() };
  }

  /**
   * @returns the number of records that were not stored before. If the database refuses one, the others are still
   * stored.
   */
  async #storeOrRefuseLogs(
    client: pg.PoolClient,
    logs: readonly PreparedLog[],
    refusals: Refusals,
  ): Promise<number> {
    try {
      const { records, bytes } = await writeLogs(client, logs, this.#dictionaries);
      if (records > 0) {
        const traceIds = new Set(logs.flatMap(({ columns }) => columns.traceId ?? []));
        this.#onLogs({ count: records, traceIds: [...traceIds], diskBytes: bytes });
      }
      return records;
    } catch (error) {
      if (!BLAMES_DATA.test(sqlState(error))) throw error;
      if (logs.length === 1) {
        refusals.add(`the database refused it: ${errorText(error)}`, 'database');
        return 0;
      }
      const middle = Math.ceil(logs.length / 2);
      const first = await this.#storeOrRefuseLogs(client, logs.slice(0, middle), refusals);
      return first + (await this.#storeOrRefuseLogs(client, logs.slice(middle), refusals));
    }
  }

  counts(): WriteCounts {
    const { requests, spans, bytes } = this.#queue;
    const logs = { ...this.#logs.counts, refusedBy: this.#logs.refusedBy };
    return { ...this.#spans.counts, logs, queuedRequests: requests, queuedSpans: spans, queuedBytes: bytes };
  }

  /**
   * Accepts no more requests and resolves when the accepted ones are settled, including those that
   * are still being encoded.
   */
  async close(): Promise<void> {
    this.#isClosed = true;
    await Promise.allSettled(this.#accepted);
    await Promise.all(this.#lanes);
    this.#spanIds.seal('all');
  }

  /** Call periodically. Seals old blocks, so an idle process leaves none open. */
  sealOldBlocks(): void {
    this.#spanIds.seal('old');
  }

  async #write(spans: number, bytes: number, prepare: Prepare): Promise<WriteOutcome> {
    try {
      if (this.#isClosed) throw new StoreUnavailableError('the trace store is closed');
      const share = this.#queue.reserve(spans, bytes);
      const storing = this.#store(share, spans, bytes, prepare).finally(() => {
        share.release();
        this.#accepted.delete(storing);
      });
      this.#accepted.add(storing);
      return await storing;
    } catch (error) {
      // An unreadable request does not count as turned away.
      if (!(error instanceof OtlpDecodeError)) this.#spans.turnedAway(spans);
      throw error;
    }
  }

  async #store(share: QueueShare, spans: number, bytes: number, prepare: Prepare): Promise<WriteOutcome> {
    const prepared = emptyRequest(spans);
    // Other requests come in between the steps. The share grows with the encoding, so they see the
    // actual memory use.
    const grow = () => share.resize(spans, Math.max(bytes, encodedBytes(prepared)));
    await inTurns(stepsWatched(prepare(prepared), grow), bytes);
    share.resize(prepared.spans.length, encodedBytes(prepared));
    if (prepared.spans.length > 0)
      await new Promise<void>((resolve, reject) => this.#enqueue(prepared, { resolve, reject }));
    return this.#outcome(prepared);
  }

  #outcome({ written, refusals }: PreparedRequest): WriteOutcome {
    const counts = { ...written, refused: refusals.count };
    this.#spans.answered(counts, refusals.words);
    return { ...counts, reasons: refusals.sentences() };
  }

  #enqueue(request: PreparedRequest, settle: WaitingRequest['settle']): void {
    this.#queue.add({ request, settle });
    if (this.#running >= WRITER_CONNECTIONS) return;
    this.#running++;
    const lane = this.#drain().finally(() => this.#lanes.delete(lane));
    this.#lanes.add(lane);
  }

  async #drain(): Promise<void> {
    // Waits one tick because requests of the same tick share a commit.
    await Promise.resolve();
    for (let group = this.#queue.take(); group.length > 0; group = this.#queue.take()) {
      try {
        await this.#writeGroup(group.flatMap(({ request }) => request.spans));
        for (const { settle } of group) settle.resolve();
      } catch (error) {
        for (const { settle } of group) settle.reject(error);
      }
    }
    // In the tick that found nothing waiting, so that a request of the next tick starts a lane.
    this.#running--;
  }

  async #writeGroup(spans: readonly PreparedSpan[]): Promise<void> {
    await this.#onConnection((client) => this.#writeOrRefuse(client, spans));
  }

  async #onConnection(work: (client: pg.PoolClient) => Promise<unknown>): Promise<void> {
    let client: pg.PoolClient | undefined;
    let failure: unknown;
    try {
      client = await this.#pool.connect();
      await work(client);
    } catch (error) {
      failure = error;
      throw asStoreError(error);
    } finally {
      // After a failure the state of the connection is unknown, so it is closed and not reused.
      client?.release(failure !== undefined);
    }
  }

  /**
   * If the database refuses one span, the others must still be stored. The spans are split until
   * the refused one is alone.
   */
  async #writeOrRefuse(client: pg.PoolClient, spans: readonly PreparedSpan[]): Promise<void> {
    try {
      const written = await writeSpans(client, spans, this.#dictionaries, this.#spanIds);
      for (const { request } of written.stored) request.written.stored++;
      for (const { request } of written.duplicates) request.written.duplicates++;
      this.#onCommit(written);
    } catch (error) {
      if (!BLAMES_DATA.test(sqlState(error))) throw error;
      if (spans.length === 1) {
        spans[0]!.request.refusals.add(`the database refused it: ${errorText(error)}`);
        return;
      }
      const middle = Math.ceil(spans.length / 2);
      await this.#writeOrRefuse(client, spans.slice(0, middle));
      await this.#writeOrRefuse(client, spans.slice(middle));
    }
  }
}

/** The same steps, with a call after each. */
function* stepsWatched<Result>(steps: Steps<Result>, onStep: () => void): Steps<Result> {
  for (;;) {
    const step = steps.next();
    onStep();
    if (step.done) return step.value;
    yield;
  }
}

/** An error that does not blame the data is not the sender's fault. The sender may try again. */
function asStoreError(error: unknown): unknown {
  if (!isDatabaseAway(error) && sqlState(error) === '') return error;
  return new StoreUnavailableError(`the request could not be stored: ${errorText(error)}`, { cause: error });
}
