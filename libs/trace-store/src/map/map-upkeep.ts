import type pg from 'pg';
import { isDatabaseAway, errorText } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { BATCH_TABLE, countSpans, MapEdges } from './count-spans.ts';

// One process at a time, as for journeys.
const TAKE_TURN = `SELECT pg_try_advisory_lock(7326006, hashtext(current_schema())) AS "isMine"`;
const FORGET_COUNTS = readSql('map/forget-counts');
const FORGET_WAITING = readSql('map/forget-waiting');
const FORGET_EDGES = readSql('map/forget-edges');
const MOST_WAITING = 500_000;
const TICK_MS = 1_000;
const TIDY_MS = 600_000;
/** Rest after work, as for journeys. */
const REST_FACTOR = 1;
const BUSY_REST_FACTOR = 20;
const LONGEST_REST_MS = 10_000;

interface UpkeepOptions {
  readonly onTrouble: (sentence: string) => void;
  /** True if requests wait to be stored. */
  readonly isBusy: () => boolean;
}

/**
 * Keeps the counts of the map up to date with the spans. Of all processes that have the store open,
 * one does this.
 */
export class MapUpkeep {
  readonly #pool: pg.Pool;
  readonly #options: UpkeepOptions;
  readonly #edges = new MapEdges();
  #client: pg.PoolClient | undefined;
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<boolean> | undefined;
  #tidiedAt = performance.now();
  #isStopped = false;
  #isInTrouble = false;

  constructor(pool: pg.Pool, options: UpkeepOptions) {
    this.#pool = pool;
    this.#options = options;
  }

  start(): void {
    this.#schedule(TICK_MS);
  }

  /** Resolves when the current work has ended. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#timer);
    await this.#running?.catch(() => undefined);
    this.#release();
  }

  /** Counts a part of the waiting spans. @returns true if there were any. */
  async run(): Promise<boolean> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  #schedule(delayMs: number): void {
    if (this.#isStopped) return;
    this.#timer = setTimeout(() => void this.#tick(), delayMs).unref();
  }

  async #tick(): Promise<void> {
    const began = performance.now();
    let restMs = TICK_MS;
    try {
      const hadWork = await this.run();
      this.#isInTrouble = false;
      const isBusy = this.#options.isBusy();
      const workedMs = performance.now() - began;
      if (hadWork) restMs = Math.min(LONGEST_REST_MS, workedMs * (isBusy ? BUSY_REST_FACTOR : REST_FACTOR));
      // A few spans a second are counted once a second. Many waiting spans are counted without
      // pauses.
      if (workedMs < TICK_MS / 4) restMs = TICK_MS;
    } catch (error) {
      // The writers report that the database is away. The queue is still there when it comes back.
      if (!this.#isInTrouble && !isDatabaseAway(error))
        this.#options.onTrouble(`spans could not be counted for the map: ${errorText(error)}`);
      this.#isInTrouble = true;
      restMs = TICK_MS * 4;
    }
    this.#schedule(restMs);
  }

  async #run(): Promise<boolean> {
    const client = await this.#turn();
    if (client === undefined) return false;
    try {
      const hadWork = await this.#inTransaction(client, () => countSpans(client, this.#edges));
      if (performance.now() - this.#tidiedAt > TIDY_MS) await this.#tidy(client);
      return hadWork;
    } catch (error) {
      // Closing the connection rolls the transaction back, so the queue keeps its entries.
      this.#release();
      throw error;
    }
  }

  async #tidy(client: pg.PoolClient): Promise<void> {
    this.#tidiedAt = performance.now();
    await client.query(FORGET_COUNTS);
    await client.query(FORGET_WAITING, [MOST_WAITING]);
    await client.query(FORGET_EDGES);
    await this.#edges.learn(client);
  }

  async #inTransaction<Result>(client: pg.PoolClient, work: () => Promise<Result>): Promise<Result> {
    await client.query('BEGIN');
    const result = await work();
    await client.query('COMMIT');
    return result;
  }

  /** The connection that holds the lock; `undefined` while another process has it. */
  async #turn(): Promise<pg.PoolClient | undefined> {
    if (this.#client) return this.#client;
    const client = await this.#pool.connect();
    let isMine = false;
    try {
      const { rows } = await client.query<{ isMine: boolean }>(TAKE_TURN);
      isMine = rows[0]?.isMine === true;
      if (isMine) {
        this.#client = client;
        await client.query(BATCH_TABLE);
        await this.#edges.learn(client);
      }
    } finally {
      if (!isMine) client.release();
    }
    return this.#client;
  }

  #release(): void {
    // Closing it releases the lock.
    this.#client?.release(true);
    this.#client = undefined;
  }
}
