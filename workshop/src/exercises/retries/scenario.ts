import { inboxTable, openInbox, type Inbox } from '@span-links/tracing/inbox';
import { inSpan } from '@span-links/tracing';
import { sendJob } from '@span-links/tracing/pg-boss';
import pg from 'pg';
import { tracerOf } from '../../child/services.ts';
import type { Scenario } from '../../exercise.ts';
import { WorkshopBroker, type OrderJob } from '../../shop/broker.ts';
import { Warehouse } from '../../shop/warehouse.ts';
import { outcomeOf, type CallOutcome } from '../outcome.ts';

interface Place {
  readonly inbox: Inbox;
  readonly warehouse: Warehouse;
}

interface Code {
  readonly handleOrder: (job: OrderJob, place: Place) => Promise<void>;
  readonly handleDeadLetter: (job: OrderJob, place: Place) => Promise<void>;
}

export interface Facts {
  /** The outcome of each delivery, in its order. */
  readonly deliveries: readonly (CallOutcome & { readonly order: string; readonly attempt: number })[];
  readonly deadLetters: readonly CallOutcome[];
  readonly shipped: readonly string[];
  readonly reported: readonly string[];
  /** For each message that the inbox has seen, whether the span of an attempt is stored with it. */
  readonly inbox: readonly boolean[];
}

export const ATTEMPTS = 3;
/** The first order ships at its third attempt, the second never. */
const FAILURES = { 'order-1': 2, 'order-2': ATTEMPTS };

/** Two orders meet a closed warehouse: pg-boss delivers them again, and moves one to the dead letters. */
export const scenario: Scenario<Code> = {
  needs: ['handleOrder', 'handleDeadLetter'],
  async play({ handleOrder, handleDeadLetter }, { databaseUrl, file }): Promise<Facts> {
    const queues = { 'orders.dead': {}, orders: { retryLimit: ATTEMPTS - 1, deadLetter: 'orders.dead' } };
    const broker = await WorkshopBroker.open(databaseUrl, queues);
    const client = new pg.Client({ connectionString: databaseUrl });
    client.on('error', () => undefined);
    await client.connect();
    try {
      await client.query(inboxTable('pg_temp.inbox'));
      const inbox = openInbox({
        consumer: 'shipping',
        table: 'pg_temp.inbox',
        query: (sql, values) => client.query<Record<string, unknown>>(sql, values),
      });
      const warehouse = new Warehouse(FAILURES);
      for (const id of Object.keys(FAILURES))
        await inSpan(tracerOf('orders-api'), 'receive-order', { attributes: { 'order.id': id } }, () =>
          sendJob(broker.boss, 'orders', { id, totalCents: 1_000 }),
        );
      const deliveries = await deliverAll(broker, file, (job) => handleOrder(job, { inbox, warehouse }));
      const deadLetters: CallOutcome[] = [];
      for (const job of await broker.fetch('orders.dead', 10))
        deadLetters.push(await outcomeOf(file, () => handleDeadLetter(job, { inbox, warehouse })));
      const { shipped, reported } = warehouse;
      const { rows } = await client.query<{ known: boolean }>(
        `SELECT coalesce(jsonb_typeof(carrier) = 'object', false) AS known FROM pg_temp.inbox`,
      );
      return { deliveries, deadLetters, shipped, reported, inbox: rows.map(({ known }) => known) };
    } finally {
      await client.end();
      await broker.close();
    }
  },
};

/** Delivers until nothing waits, as a worker of pg-boss does: what throws comes again. */
async function deliverAll(
  broker: WorkshopBroker,
  file: string,
  handle: (job: OrderJob) => Promise<void>,
): Promise<Facts['deliveries'][number][]> {
  const deliveries: Facts['deliveries'][number][] = [];
  for (let round = 0; round < 2 * ATTEMPTS; round++) {
    for (const job of await broker.fetch('orders', 10)) {
      const outcome = await outcomeOf(file, () => handle(job));
      deliveries.push({ ...outcome, order: job.data.id, attempt: job.retryCount + 1 });
      if (outcome.error === undefined) await broker.boss.complete('orders', job.id);
      else await broker.boss.fail('orders', job.id, { message: outcome.error });
    }
  }
  return deliveries;
}
