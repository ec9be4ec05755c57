import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import pg from 'pg';
import { PgBoss, type JobWithMetadata } from 'pg-boss';
import type { Order } from './orders-table.ts';

/** Takes messages: pg-boss, on the workshop's Postgres. */
export type Broker = Pick<PgBoss, 'send' | 'insert'>;

/** A message about an order, as pg-boss delivers it. */
export type OrderJob = JobWithMetadata<Order>;

/** How a queue of an exercise is made. */
export interface QueueOptions {
  readonly retryLimit?: number;
  readonly deadLetter?: string;
}

const SCHEMA = 'workshop_pgboss';
/** Two runs at once, of a session and of `verify`, would take each other's messages. */
const RUN_LOCK = 4_318_020;

/** pg-boss with empty queues, for one run. */
export class WorkshopBroker {
  readonly boss: PgBoss;
  readonly #lock: pg.Client;

  private constructor(boss: PgBoss, lock: pg.Client) {
    this.boss = boss;
    this.#lock = lock;
  }

  static async open(
    databaseUrl: string,
    queues: Readonly<Record<string, QueueOptions>>,
  ): Promise<WorkshopBroker> {
    const lock = new pg.Client({ connectionString: databaseUrl });
    lock.on('error', () => undefined);
    await lock.connect();
    await lock.query('SELECT pg_advisory_lock($1)', [RUN_LOCK]);
    const boss = new PgBoss({
      connectionString: databaseUrl,
      schema: SCHEMA,
      max: 3,
      schedule: false,
      supervise: false,
      registerInstance: false,
      // The exercise is about the spans that the reader makes.
      openTelemetry: { enabled: false },
    });
    boss.on('error', () => undefined);
    await boss.start();
    // A dead letter queue has to be there before the queue that names it, and goes after it.
    const known = await boss.getQueues();
    for (const { name } of [...known].sort((a, b) => Number(!a.deadLetter) - Number(!b.deadLetter)))
      await boss.deleteQueue(name);
    for (const [name, options] of Object.entries(queues))
      await boss.createQueue(name, { retryDelay: 0, retryLimit: 0, ...options });
    return new WorkshopBroker(boss, lock);
  }

  /** The messages that wait in a queue. No span is active where they are fetched. */
  async fetch(queue: string, batchSize: number): Promise<OrderJob[]> {
    const jobs = await context.with(ROOT_CONTEXT, () =>
      this.boss.fetch<Order>(queue, { includeMetadata: true, batchSize }),
    );
    return jobs.sort((a, b) => a.createdOn.getTime() - b.createdOn.getTime());
  }

  async close(): Promise<void> {
    await this.boss.stop({ graceful: false, close: true });
    await this.#lock.end();
  }
}
