import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { connectOrdersDatabase, migrateOrdersDatabase } from '@span-links/orders-data';
import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startRunOnce, startService } from './batch-app.ts';
import { OrdersTable, plainOrders, sourceIds } from './orders.ts';

let receiver: OtlpReceiver;
let table: OrdersTable;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(async () => {
  table = new OrdersTable(await newTestDatabaseUrl());
  // Every write of an outcome leaves a trace that no second write can hide.
  await table.query('CREATE TABLE outcomes (id uuid, status text)');
  await table.query(`
    CREATE FUNCTION note_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN INSERT INTO outcomes VALUES (NEW.id, NEW.status); RETURN NULL; END $$`);
  await table.query(`
    CREATE TRIGGER note_outcome AFTER UPDATE ON orders FOR EACH ROW
    WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_outcome()`);
});
afterEach(async () => {
  receiver.clear();
  await table.close();
});
afterAll(() => receiver.close());

const env = (overrides: Record<string, string> = {}) => ({
  DATABASE_URL: table.url,
  OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
  BATCH_LEASE_MS: '500',
  BATCH_MAX_ATTEMPTS: '20',
  ...overrides,
});
const outcomes = async () => {
  const [row] = await table.query<{ written: number; distinct: number }>(
    'SELECT count(*)::int AS written, count(DISTINCT id)::int AS distinct FROM outcomes',
  );
  return row;
};
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > 20_000) throw new Error(`never: ${what}`);
    await sleep(20);
  }
}

/** Makes the statement that matches hang in the database, so that a kill falls exactly there. */
async function hangAt(operation: 'INSERT' | 'UPDATE', on: 'batches' | 'orders', when: string) {
  await table.query(`
    CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$`);
  await table.query(
    `CREATE TRIGGER hang BEFORE ${operation} ON ${on} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION hang()`,
  );
  const isHanging = async () => {
    const rows = await table.query(
      `SELECT FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`,
    );
    return rows.length > 0;
  };
  const release = async () => {
    // The killed worker's statement goes on in the server until it is ended there, as after a lost connection.
    await table.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                       WHERE wait_event = 'PgSleep' AND datname = current_database()`);
    await table.query(`DROP TRIGGER hang ON ${on}`);
  };
  return { isHanging, release };
}

describe('a worker that is killed with SIGKILL', () => {
  it.each([
    ['while it claims', 'INSERT', 'batches', 'true'],
    [
      'between the claim and the record of its span',
      'UPDATE',
      'batches',
      "NEW.trace_context IS NOT NULL AND NEW.outcome = 'running'",
    ],
    ['while it writes the outcomes', 'UPDATE', 'orders', "NEW.status = 'reconciled'"],
    ['after the outcomes, before they are committed', 'UPDATE', 'batches', "NEW.outcome = 'completed'"],
  ] as const)('%s loses no order, and none is reconciled twice', async (_, operation, on, when) => {
    const ids = await table.insert(plainOrders(30));
    const hang = await hangAt(operation, on, when);
    const victim = startRunOnce(env());
    await until(hang.isHanging, 'the worker reaches the statement');
    await victim.stop('SIGKILL');
    await hang.release();
    await sleep(600);

    // Tried orders return in smaller and smaller batches, so this takes several runs.
    await until(async () => {
      expect((await startRunOnce(env()).exit).code).toBe(0);
      return (await table.statuses())['reconciled'] === 30;
    }, 'all orders are reconciled');
    expect(await outcomes()).toEqual({ written: 30, distinct: 30 });
    const spans = receiver.spans().filter((span) => span.name === 'process-batch');
    const origins = spans.flatMap((span) =>
      span.links.filter((link) => link.attributes['spanlinks.relation'] === 'origin'),
    );
    const linked = origins.map((link) => link.traceId);
    expect(new Set(linked)).toEqual(new Set(ids.map((_id, index) => sourceIds(index).traceId)));
  });

  it('at random moments, with two workers and overlapping ticks, loses no order, and none is reconciled twice', async () => {
    await table.insert(plainOrders(2_000));
    const tick = env({ BATCH_CRON: '* * * * * *', BATCH_SIZE: '20' });
    const steady = startService(tick);
    await steady.ready();
    for (let kill = 0; kill < 4; kill++) {
      const victim = startService(tick);
      const url = await victim.ready();
      await fetch(`${url}/runs`, { method: 'POST' });
      await sleep(Math.random() * 150);
      await victim.stop('SIGKILL');
      await table.insert(plainOrders(250));
    }
    await until(async () => (await table.statuses())['reconciled'] === 3_000, 'all orders are reconciled');
    expect(await outcomes()).toEqual({ written: 3_000, distinct: 3_000 });
    expect(await steady.stop()).toEqual({ code: 0, signal: null });
    const batches = receiver.spans().filter((span) => span.name === 'process-batch');
    const finished = await table.query<{ trace_context: { traceparent: string } }>(
      `SELECT trace_context FROM batches WHERE outcome = 'completed' AND worker = (SELECT worker FROM batches ORDER BY id LIMIT 1)`,
    );
    const received = new Set(batches.map((span) => `00-${span.traceId}-${span.spanId}-01`));
    expect(finished.length).toBeGreaterThan(0);
    expect(finished.every((batch) => received.has(batch.trace_context.traceparent))).toBe(true);
  }, 60_000);
});

describe('two workers at once', () => {
  it('share the orders, each order in one batch, each linked once', async () => {
    await table.insert(plainOrders(1_000));
    const workers = [startRunOnce(env({ BATCH_SIZE: '10' })), startRunOnce(env({ BATCH_SIZE: '10' }))];
    expect((await Promise.all(workers.map((worker) => worker.exit))).map(({ code }) => code)).toEqual([0, 0]);
    expect(await outcomes()).toEqual({ written: 1_000, distinct: 1_000 });
    const links = receiver.spans().flatMap((span) => span.links.map((link) => link.traceId));
    expect(links).toHaveLength(1_000);
    expect(new Set(links).size).toBe(1_000);
  });
});

describe('a worker that is told to stop', () => {
  it.each([
    ['a requested run', {}],
    ['a tick', { BATCH_CRON: '* * * * * *' }],
  ])(
    'in %s finishes the batch in hand, leaves the rest pending, flushes its spans and exits with 0',
    async (_run, cron) => {
      await table.insert(plainOrders(5_000));
      const service = startService({ ...env({ BATCH_SIZE: '50', BATCH_LEASE_MS: '60000' }), ...cron });
      const url = await service.ready();
      if (!('BATCH_CRON' in cron)) await fetch(`${url}/runs`, { method: 'POST' });
      await until(
        async () => (await table.query(`SELECT FROM batches WHERE outcome = 'completed'`)).length > 0,
        'a batch ends',
      );
      expect(await service.stop()).toEqual({ code: 0, signal: null });
      const { reconciled = 0, pending = 0 } = await table.statuses();
      expect(reconciled + pending).toBe(5_000);
      expect(await table.query('SELECT FROM orders WHERE lease_until IS NOT NULL')).toEqual([]);
      expect(await table.query(`SELECT FROM batches WHERE outcome <> 'completed'`)).toEqual([]);
      const batches = receiver.spans().filter((span) => span.name === 'process-batch');
      expect(batches.length).toBe(reconciled / 50);
    },
  );
});

describe('a database that restarts under a worker', () => {
  it('ends no process and loses no order', async () => {
    const server = await startPostgresServer();
    const own = new OrdersTable(await server.createDatabase('restarts'));
    const dataSource = await connectOrdersDatabase({ url: own.url, applicationName: 'test' });
    await migrateOrdersDatabase(dataSource);
    await dataSource.destroy();
    await own.insert(plainOrders(3_000));
    const service = startService(env({ DATABASE_URL: own.url, BATCH_CRON: '* * * * * *', BATCH_SIZE: '10' }));
    await service.ready();
    const reconciled = async () => (await own.statuses().catch(() => undefined))?.['reconciled'] ?? 0;
    await until(async () => (await reconciled()) > 0, 'the first batch is done');
    await server.kill();
    await sleep(300);
    await server.start();
    await until(async () => (await reconciled()) === 3_000, 'all orders are reconciled');
    expect(await service.stop()).toEqual({ code: 0, signal: null });
    expect(service.output).toContain('the run broke off');
    await own.close();
    await server.destroy();
  }, 60_000);
});
