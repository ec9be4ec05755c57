import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { reasonOf, sqlState } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { evictChunk, type EvictedChunk, type EvictionLimit } from './evict-chunk.ts';

/** How much is kept. */
export interface RetentionOptions {
  /**
   * A trace goes this long after its first span was stored, in ms. By the time of storing, not by the spans' own times: a sender whose
   * clock is a year ahead would keep its traces for a year, one whose clock is behind would lose them at once.
   */
  readonly maxAgeMs: number;
  /** What the store may take on the disk, estimated, indexes included. */
  readonly maxBytes: number;
  /** Pause between sweeps, in ms. Sweeps come earlier where a lot is written. */
  readonly intervalMs: number;
}

/** What went, for those who watch. */
export interface EvictedTraces {
  readonly traceIds: readonly string[];
  /** Unix time in ns; everything that started before it may be gone. */
  readonly beforeNs: bigint;
}

export interface SweepResult {
  readonly traces: number;
  readonly spans: number;
}

interface Hooks {
  readonly onEvicted: (evicted: EvictedTraces) => void;
  readonly onTrouble: (sentence: string) => void;
}

// So that several processes on one database do not sweep at once; with the schema's hash, for there may be several.
const TAKE_TURN = `SELECT pg_try_advisory_lock(7326003, hashtext(current_schema())) AS "isMine"`;
// Below PostgreSQL's deadlock_timeout of 1 s: where a sweep and a writer wait for each other, the sweep gives way soon.
const GIVE_WAY = "SET lock_timeout = '100ms'";
const MET_ANOTHER = new Set(['40001', '40P01', '55P03']);
const CHUNK_ATTEMPTS = 20;
// A sweep comes early when this part of the bound was written since the last: the store outgrows its bound by no more.
const EARLY_PART = 1 / 32;
// Space is given back for reuse when this part of the spans is gone: the disk grows by no more.
const VACUUM_PART = 1 / 10;
const VACUUM = 'VACUUM (TRUNCATE false) spans, links, traces, span_blocks';
// Those that are forgotten read as not received.
const TOMBSTONES = 200_000;
const FORGET_EVICTED = readSql('forget-evicted');
const DELETE_EMPTY_BLOCKS = readSql('delete-empty-blocks');
const TOTALS =
  'SELECT coalesce(sum(bytes), 0)::float8 AS bytes, coalesce(sum(span_count), 0)::float8 AS spans FROM traces';
const DICTIONARIES = ['resources', 'scopes', 'operations'] as const;

/** Keeps the store within its bounds: the oldest traces go, with all that leads to them. */
export class Retention {
  readonly options: RetentionOptions;
  readonly #pool: pg.Pool;
  readonly #hooks: Hooks;
  #timer: NodeJS.Timeout | undefined;
  #sweeping: Promise<SweepResult> | undefined;
  #bytesSinceSweep = 0;
  #spansAtVacuum = 0;
  #evicted = { traces: 0, spans: 0 };
  #isStopped = false;

  /** Made by `openTraceStore`. */
  constructor(pool: pg.Pool, options: RetentionOptions, hooks: Hooks) {
    this.#pool = pool;
    this.options = options;
    this.#hooks = hooks;
  }

  /** Since the start. */
  get evicted(): SweepResult {
    return this.#evicted;
  }

  start(): void {
    this.#timer = setInterval(() => this.#sweepInBackground(), this.options.intervalMs);
    this.#timer.unref();
  }

  /** To be told of every commit. */
  noteStored(bytes: number): void {
    this.#bytesSinceSweep += bytes;
    if (this.#timer !== undefined && this.#bytesSinceSweep > this.options.maxBytes * EARLY_PART)
      this.#sweepInBackground();
  }

  /** Takes what is too old or too much; one at a time, over all processes. @returns what it took. */
  async sweep(): Promise<SweepResult> {
    this.#sweeping ??= this.#sweep().finally(() => (this.#sweeping = undefined));
    return this.#sweeping;
  }

  /** Resolves when a sweep that is under way has ended, which it does after its current chunk. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearInterval(this.#timer);
    this.#timer = undefined;
    await this.#sweeping?.catch(() => undefined);
  }

  #sweepInBackground(): void {
    this.sweep().catch((error: unknown) =>
      this.#hooks.onTrouble(`a sweep of the trace store failed: ${reasonOf(error)}`),
    );
  }

  async #sweep(): Promise<SweepResult> {
    const before = this.#evicted;
    this.#bytesSinceSweep = 0;
    const client = await this.#pool.connect();
    try {
      const { rows } = await client.query<{ isMine: boolean }>(TAKE_TURN);
      if (rows[0]?.isMine !== true) return { traces: 0, spans: 0 };
      await client.query(GIVE_WAY);
      await this.#evict(client, { olderThanMs: this.options.maxAgeMs, bytes: Infinity });
      const { bytes, spans } = await totals(client);
      await this.#evict(client, { olderThanMs: 0, bytes: bytes - this.options.maxBytes });
      const result = {
        traces: this.#evicted.traces - before.traces,
        spans: this.#evicted.spans - before.spans,
      };
      if (result.spans > 0) await this.#tidy(client, spans);
      return result;
    } finally {
      // Closing the connection gives back the turn and the lock timeout, also after a failure.
      client.release(true);
    }
  }

  async #evict(client: pg.PoolClient, { olderThanMs, bytes }: EvictionLimit): Promise<void> {
    for (let left = bytes, isUnfinished = false; left > 0 || isUnfinished;) {
      if (this.#isStopped) return;
      const chunk = await evictPatiently(client, { olderThanMs, bytes: Math.max(left, 1) });
      if (chunk === undefined) return;
      left -= chunk.bytes;
      isUnfinished = chunk.isUnfinished;
      this.#evicted = {
        traces: this.#evicted.traces + chunk.traceIds.length,
        spans: this.#evicted.spans + chunk.spans,
      };
      if (chunk.traceIds.length > 0)
        this.#hooks.onEvicted({ traceIds: chunk.traceIds, beforeNs: chunk.latestStartNs });
    }
  }

  async #tidy(client: pg.PoolClient, spansBefore: number): Promise<void> {
    await client.query(FORGET_EVICTED, [TOMBSTONES]);
    await client.query(DELETE_EMPTY_BLOCKS);
    for (const dictionary of DICTIONARIES) {
      // See sql/migrations/0001-traces.sql for why nothing else has to be looked at.
      await client.query(
        `DELETE FROM ${dictionary} WHERE used_at < coalesce((SELECT min(received_at) FROM traces), now()) - interval '1 hour'`,
      );
    }
    if (this.#evicted.spans - this.#spansAtVacuum < spansBefore * VACUUM_PART) return;
    this.#spansAtVacuum = this.#evicted.spans;
    await client.query(VACUUM);
  }
}

async function totals(client: pg.ClientBase): Promise<{ bytes: number; spans: number }> {
  const { rows } = await client.query<{ bytes: number; spans: number }>(TOTALS);
  return rows[0] ?? { bytes: 0, spans: 0 };
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
