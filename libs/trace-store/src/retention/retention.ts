import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { errorText, sqlState } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { evictChunk, type EvictedChunk, type EvictionLimit } from './evict-chunk.ts';

/** How much is kept. */
export interface RetentionOptions {
  /**
   * A trace is deleted this long after its first span was stored, in ms. The time of storing
   * counts, not the spans' own times: a sender with a clock that is a year ahead would keep its
   * traces for a year, and one with a late clock would lose them at once.
   */
  readonly maxAgeMs: number;
  /** The disk space that all tables and indexes of the store may take. */
  readonly maxBytes: number;
  /** Pause between sweeps, in ms. Sweeps come earlier if a lot is written. */
  readonly intervalMs: number;
}

/** The deleted traces, for listeners. */
export interface EvictedTraces {
  readonly traceIds: readonly string[];
  /** Unix time in ns. Everything that started earlier may be deleted. */
  readonly beforeNs: bigint;
}

export interface SweepResult {
  readonly traces: number;
  readonly spans: number;
  readonly logs: number;
}

interface Hooks {
  readonly onEvicted: (evicted: EvictedTraces) => void;
  readonly onTrouble: (sentence: string) => void;
}

// Prevents sweeps of several processes on one database at once. The key contains the schema's hash
// because a database may have several schemas.
const TAKE_TURN = `SELECT pg_try_advisory_lock(7326003, hashtext(current_schema())) AS "isMine"`;
// Below PostgreSQL's deadlock_timeout of 1 s: if a sweep and a writer wait for each other, the
// sweep soon gives way.
const GIVE_WAY = "SET lock_timeout = '100ms'";
const MET_ANOTHER = new Set(['40001', '40P01', '55P03']);
const CHUNK_ATTEMPTS = 20;
// A sweep comes early when this part of the bound was written since the last sweep. The store
// exceeds its bound by no more than this.
const EARLY_PART = 1 / 32;
// Space is released for reuse when this part of the spans is deleted. The disk grows by no more
// than this.
const VACUUM_PART = 1 / 10;
const VACUUM = 'VACUUM (TRUNCATE false) spans, links, traces, span_blocks';
// Forgotten traces appear as not received.
const TOMBSTONES = 200_000;
const FORGET_EVICTED = readSql('forget-evicted');
const EVICT_LOGS = readSql('evict-logs');
const DELETE_EMPTY_BLOCKS = readSql('delete-empty-blocks');
const TOTALS = readSql('totals');
// Deleted rows take room until VACUUM, and a sweep only comes after some more was written. The rest
// of the bound is for both.
const LIVE_PART = 0.7;
const DICTIONARIES = ['resources', 'scopes', 'operations'] as const;

/**
 * Keeps the store within its bounds: it deletes the oldest traces and everything that leads to
 * them.
 */
export class Retention {
  readonly options: RetentionOptions;
  readonly #pool: pg.Pool;
  readonly #hooks: Hooks;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<SweepResult> | undefined;
  #bytesSinceSweep = 0;
  #spansAtVacuum = 0;
  #evicted = { traces: 0, spans: 0, logs: 0 };
  #isStopped = false;
  #largestDiskBytes = 0;
  #diskBytesPerByte = 1;

  /** Made by `openTraceStore`. */
  constructor(pool: pg.Pool, options: RetentionOptions, hooks: Hooks) {
    this.#pool = pool;
    this.options = options;
    this.#hooks = hooks;
  }

  /** Counts since the start. */
  get evicted(): SweepResult {
    return this.#evicted;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweepInBackground(), this.options.intervalMs);
    this.#timer.unref();
  }

  /** Call after every commit. */
  noteStored(bytes: number): void {
    this.#bytesSinceSweep += bytes;
    if (this.#timer !== undefined && this.#bytesSinceSweep > this.options.maxBytes * EARLY_PART)
      this.#sweepInBackground();
  }

  /**
   * Deletes what is too old or too much. Only one sweep at a time, over all processes. @returns
   * what it deleted.
   */
  async sweep(): Promise<SweepResult> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  /** Resolves when the current sweep has ended. A sweep ends after its current chunk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#sweeping?.catch(() => undefined);
  }

  #sweepInBackground(): void {
    this.sweep().catch((error: unknown) =>
      this.#hooks.onTrouble(`a sweep of the trace store failed: ${errorText(error)}`),
    );
  }

  async #sweep(): Promise<SweepResult> {
    const before = this.#evicted;
    this.#bytesSinceSweep = 0;
    const client = await this.#pool.connect();
    try {
      const { rows } = await client.query<{ isMine: boolean }>(TAKE_TURN);
      if (rows[0]?.isMine !== true) return { traces: 0, spans: 0, logs: 0 };
      await client.query(GIVE_WAY);
      await this.#evict(client, { olderThanMs: this.options.maxAgeMs, bytes: Infinity });
      await this.#evictLogs(client, { olderThanMs: this.options.maxAgeMs, bytes: Infinity });
      const { bytes, logBytes, spans, diskBytes } = await totals(client);
      const allBytes = bytes + logBytes;
      this.#measure(allBytes, diskBytes);
      const keptBytes = (this.options.maxBytes * LIVE_PART) / this.#diskBytesPerByte;
      // Each signal gives up its share, so a flood of log records does not cost all traces.
      const logExcess = ((allBytes - keptBytes) * logBytes) / Math.max(1, allBytes);
      await this.#evictLogs(client, { olderThanMs: 0, bytes: logExcess });
      await this.#evict(client, { olderThanMs: 0, bytes: allBytes - keptBytes - logExcess });
      const result = {
        traces: this.#evicted.traces - before.traces,
        spans: this.#evicted.spans - before.spans,
        logs: this.#evicted.logs - before.logs,
      };
      if (result.spans + result.logs > 0) {
        await this.#tidy(client, spans);
        // The sweep itself writes too, which says nothing about the room that spans take.
        this.#largestDiskBytes = Math.max(this.#largestDiskBytes, (await totals(client)).diskBytes);
      }
      return result;
    } finally {
      // Closing the connection releases the lock and resets the lock timeout, even after a failure.
      client.release(true);
    }
  }

  /**
   * Learns how much room the estimated bytes of traces and log records really take, including
   * links, journeys, counts and indexes. Only growing tables show this, because other tables have
   * free room inside.
   */
  #measure(bytes: number, diskBytes: number): void {
    if (diskBytes <= this.#largestDiskBytes) return;
    this.#largestDiskBytes = diskBytes;
    this.#diskBytesPerByte = diskBytes / Math.max(bytes, 1);
  }

  async #evict(client: pg.PoolClient, { olderThanMs, bytes }: EvictionLimit): Promise<void> {
    for (let left = bytes, isUnfinished = false; left > 0 || isUnfinished;) {
      if (this.#isStopped) return;
      const chunk = await evictPatiently(client, { olderThanMs, bytes: Math.max(left, 1) });
      if (chunk === undefined) return;
      left -= chunk.bytes;
      isUnfinished = chunk.isUnfinished;
      this.#evicted = {
        ...this.#evicted,
        traces: this.#evicted.traces + chunk.traceIds.length,
        spans: this.#evicted.spans + chunk.spans,
      };
      if (chunk.traceIds.length > 0)
        this.#hooks.onEvicted({ traceIds: chunk.traceIds, beforeNs: chunk.latestStartNs });
    }
  }

  async #evictLogs(client: pg.PoolClient, { olderThanMs, bytes }: EvictionLimit): Promise<void> {
    for (let left = bytes; left > 0 && !this.#isStopped;) {
      const { rows } = await client.query<{ batches: number; bytes: number; records: number }>(EVICT_LOGS, [
        olderThanMs,
        left,
      ]);
      const chunk = rows[0]!;
      if (chunk.batches === 0) return;
      left -= chunk.bytes;
      this.#evicted = { ...this.#evicted, logs: this.#evicted.logs + chunk.records };
    }
  }

  async #tidy(client: pg.PoolClient, spansBefore: number): Promise<void> {
    await client.query(FORGET_EVICTED, [TOMBSTONES]);
    await client.query(DELETE_EMPTY_BLOCKS);
    for (const dictionary of DICTIONARIES) {
      // sql/migrations/0001-traces.sql explains why nothing else needs a check.
      await client.query(
        `DELETE FROM ${dictionary} WHERE used_at < least((SELECT min(received_at) FROM traces), (SELECT min(received_at) FROM log_batches), now()) - interval '1 hour'`,
      );
    }
    await client.query('VACUUM (TRUNCATE false) logs, log_batches');
    if (this.#evicted.spans - this.#spansAtVacuum < spansBefore * VACUUM_PART) return;
    this.#spansAtVacuum = this.#evicted.spans;
    await client.query(VACUUM);
  }
}

interface Totals {
  /** Estimated when the spans were stored. */
  readonly bytes: number;
  /** Estimated when the log records were stored. */
  readonly logBytes: number;
  readonly spans: number;
  readonly diskBytes: number;
}

async function totals(client: pg.ClientBase): Promise<Totals> {
  const { rows } = await client.query<Totals>(TOTALS);
  return rows[0] ?? { bytes: 0, logBytes: 0, spans: 0, diskBytes: 0 };
}

async function evictPatiently(
  client: pg.PoolClient,
  limit: EvictionLimit,
): Promise<EvictedChunk | undefined> {
  for (let attempt = 1; ; attempt++) {
    await client.query('BEGIN');
    try {
      const chunk = await evictChunk(client, limit);
      await client.query('COMMIT');
      return chunk;
    } catch (error) {
      await client.query('ROLLBACK').catch(() => undefined);
      if (!MET_ANOTHER.has(sqlState(error)) || attempt >= CHUNK_ATTEMPTS) throw error;
      await sleep(50 * Math.random());
    }
  }
}
