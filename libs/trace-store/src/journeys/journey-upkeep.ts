import type pg from 'pg';
import { isDatabaseAway, errorText } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { UsualHandOffs } from './hand-offs.ts';
import { recomputeJourneys } from './recompute.ts';
import { TableSpanReader, type OperationRow } from './span-reader.ts';
import { handOffsFrom } from './stored-journey.ts';

// One process at a time, as in retention.
const TAKE_TURN = `SELECT pg_try_advisory_lock(7326005, hashtext(current_schema())) AS "isMine"`;
const SQL = {
  take: readSql('journeys/take-queued'),
  due: readSql('journeys/due-journeys'),
  recentHandOffs: readSql('journeys/recent-hand-offs'),
};
/**
 * Spans come in by batches of some hundred. This many traces at a time share the data that they
 * need.
 */
const MOST_QUEUED = 1_000;
const MOST_DUE = 500;
const TICK_MS = 500;
/**
 * The rest after work is twice as long as the work, and much longer while writers are overloaded.
 */
const REST_FACTOR = 2;
const BUSY_REST_FACTOR = 30;
const LONGEST_REST_MS = 15_000;

interface UpkeepOptions {
  readonly onTrouble: (sentence: string) => void;
  /** True if requests wait to be stored. */
  readonly isBusy: () => boolean;
}

/**
 * Keeps the tables of journeys up to date with the spans. Of all processes that have the store
 * open, one does this.
 */
export class JourneyUpkeep {
  readonly #pool: pg.Pool;
  readonly #options: UpkeepOptions;
  readonly #operations = new Map<number, OperationRow>();
  #client: pg.PoolClient | undefined;
  #usual = new UsualHandOffs();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
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

  /**
   * Takes the journeys that are due now, or a part of them if they are many. @returns how many
   * journeys were computed.
   */
  async run(): Promise<number> {
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
      await this.run();
      this.#isInTrouble = false;
      const factor = this.#options.isBusy() ? BUSY_REST_FACTOR : REST_FACTOR;
      restMs = Math.min(LONGEST_REST_MS, Math.max(TICK_MS, (performance.now() - began) * factor));
    } catch (error) {
      // The writers report that the database is away. The queue is still there when it comes back.
      if (!this.#isInTrouble && !isDatabaseAway(error))
        this.#options.onTrouble(`journeys could not be computed: ${errorText(error)}`);
      this.#isInTrouble = true;
      restMs = TICK_MS * 4;
    }
    this.#schedule(restMs);
  }

  async #run(): Promise<number> {
    const client = await this.#turn();
    if (client === undefined) return 0;
    try {
      await client.query('BEGIN');
      const queued = await client.query<{ trace_id: string }>(SQL.take, [MOST_QUEUED]);
      const due = await client.query<{ journey_id: string }>(SQL.due, [MOST_DUE]);
      const task = {
        changed: new Set(queued.rows.map(({ trace_id }) => trace_id)),
        due: due.rows.map(({ journey_id }) => journey_id),
      };
      const isIdle = task.changed.size + task.due.length === 0;
      const reader = new TableSpanReader(client, this.#operations);
      const computed = isIdle ? 0 : await recomputeJourneys(client, reader, this.#usual, task);
      await client.query('COMMIT');
      return computed;
    } catch (error) {
      // Closing the connection rolls the transaction back, so the queue keeps its entries.
      this.#release();
      throw error;
    }
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
        await this.#learn(client);
      }
    } finally {
      if (!isMine) client.release();
    }
    return this.#client;
  }

  async #learn(client: pg.ClientBase): Promise<void> {
    this.#usual = new UsualHandOffs();
    const { rows } = await client.query<{ hand_offs: Parameters<typeof handOffsFrom>[0] }>(
      SQL.recentHandOffs,
    );
    for (const { hand_offs } of rows) this.#usual.note(handOffsFrom(hand_offs));
  }

  #release(): void {
    // Closing it releases the lock.
    this.#client?.release(true);
    this.#client = undefined;
  }
}
