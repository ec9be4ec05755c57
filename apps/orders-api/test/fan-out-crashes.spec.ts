import { setTimeout as sleep } from 'node:timers/promises';
import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { itemOf, Shop } from './shop.ts';

let receiver: OtlpReceiver;
let shop: Shop;
const apps: AppUnderTest[] = [];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(async () => {
  shop = new Shop(await newTestDatabaseUrl());
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop('SIGKILL')));
  await shop.close();
  receiver.clear();
});
afterAll(() => receiver.close());

const instrumentation = new URL('../dist/instrumentation.js', import.meta.url);
/** Runs without tracing by default: the books do not depend on it, and a start takes a third of the time. */
async function startApi(env: Record<string, string> = {}, traced?: { instrumentation: URL }) {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    ...traced,
    env: {
      DATABASE_URL: shop.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      FAN_OUT_LEASE_MS: '500',
      FAN_OUT_POLL_MS: '20',
      FAN_OUT_RETRY_MS: '10',
      // Kills use up attempts. The limit is high, so that no operation is given up because of them.
      FAN_OUT_MAX_ATTEMPTS: '100',
      STOCK_PER_SKU: '1000',
      ...env,
    },
  });
  apps.push(app);
  return { app, url: await app.ready() };
}
/** A killed process may not answer. */
const fanOut = (url: string, id: string, query = '') =>
  fetch(`${url}/orders/${id}/fan-out${query}`, { method: 'POST' }).catch(() => undefined);
async function until(condition: () => Promise<boolean>, what: string): Promise<void> {
  for (let waited = 0; !(await condition()); waited += 20) {
    if (waited > 40_000) throw new Error(`never: ${what}`);
    await sleep(20);
  }
}
const allEnded = async () => {
  const { running = 0, compensating = 0 } = await shop.fanOutStatuses();
  return running + compensating === 0;
};
// One order each that completes, is refused, times out once, and is out of stock.
const ORDERS = [
  [itemOf('A', 2), itemOf('B')],
  [itemOf('A'), itemOf('B', 1, 13)],
  [itemOf('B', 1, 17)],
  [itemOf('C', 1_001)],
];

/** Makes the statement that matches hang in the database, so that a kill falls exactly there. */
async function hangAt(operation: 'INSERT' | 'UPDATE', table: string, when: string) {
  await shop.query(`
    CREATE FUNCTION hang() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$`);
  await shop.query(
    `CREATE TRIGGER hang BEFORE ${operation} ON ${table} FOR EACH ROW WHEN (${when}) EXECUTE FUNCTION hang()`,
  );
  const sleepers = `FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()`;
  const isHanging = async () => (await shop.query(`SELECT ${sleepers}`)).length > 0;
  const release = async () => {
    // The killed worker's statement goes on in the server until it is ended there, as after a lost connection.
    await shop.query(`SELECT pg_terminate_backend(pid) ${sleepers}`);
    await shop.query(`DROP TRIGGER hang ON ${table}`);
  };
  return { isHanging, release };
}

describe('a process that is killed with SIGKILL', () => {
  const refused = [itemOf('A', 3), itemOf('B', 1, 13)];
  const tooMany = [itemOf('A', 1_001)];
  it.each([
    ['while the request writes the operations', 'INSERT', 'operations', "NEW.kind = 'score-risk'", refused],
    [
      'between the claim and the record of its span',
      'UPDATE',
      'operation_attempts',
      "NEW.outcome = 'running'",
      refused,
    ],
    ['while it takes from stock', 'UPDATE', 'stock', 'NEW.available < OLD.available', refused],
    ['while it writes the ledger', 'INSERT', 'payment_ledger', "NEW.entry = 'authorization'", tooMany],
    ['while it asks for the join', 'INSERT', 'operations', "NEW.kind = 'complete-fan-out'", refused],
    ['while it joins', 'UPDATE', 'fan_outs', "NEW.status <> 'running'", refused],
    ['while it releases stock', 'INSERT', 'stock_movements', 'NEW.quantity > 0', refused],
    ['while it voids the payment', 'INSERT', 'payment_ledger', "NEW.entry = 'void'", tooMany],
    ['while it ends the fan-out', 'UPDATE', 'fan_outs', "NEW.status = 'failed'", refused],
  ] as const)('%s loses no operation and does none twice', async (_, operation, table, when, items) => {
    const [id = ''] = await shop.insert([{ items }]);
    const hang = await hangAt(operation, table, when);
    const victim = await startApi();
    void fanOut(victim.url, id);
    await until(hang.isHanging, 'the process reaches the statement');
    await victim.app.stop('SIGKILL');
    await hang.release();

    const heir = await startApi();
    const response = await fanOut(heir.url, id, '?wait=true');
    expect(response?.status).toBe(200);
    expect(await shop.imbalances()).toEqual([]);
    expect(await shop.fanOutStatuses()).toEqual({ failed: 1 });
    expect(await shop.query('SELECT sku FROM stock WHERE available <> stocked')).toEqual([]);
  });

  it('leaves an attempt that the next one links to, although its span never ended', async () => {
    const [id = ''] = await shop.insert([{}]);
    const hang = await hangAt('INSERT', 'payment_ledger', 'true');
    const victim = await startApi({}, { instrumentation });
    void fanOut(victim.url, id);
    await until(hang.isHanging, 'the payment is being written');
    await victim.app.stop('SIGKILL');
    await hang.release();
    receiver.clear();
    const heir = await startApi({}, { instrumentation });
    await fanOut(heir.url, id, '?wait=true');
    const attempts = await shop.query<{ outcome: string; trace_context: { traceparent: string } }>(
      `SELECT outcome, operation_attempts.trace_context FROM operations JOIN operation_attempts ON operation_id = id
       WHERE kind = 'authorize-payment' ORDER BY number`,
    );
    expect(attempts.map(({ outcome }) => outcome)).toEqual(['abandoned', 'done']);
    const spans = await receiver.waitForSpans((all) => all.some(({ name }) => name === 'authorize-payment'));
    const second = spans.find(({ name }) => name === 'authorize-payment');
    const previous = second?.links.find(
      (link) => link.attributes['spanlinks.relation'] === 'previous_attempt',
    );
    expect(`00-${previous?.traceId}-${previous?.spanId}-01`).toBe(attempts[0]?.trace_context.traceparent);
  });

  it('25 times at random moments, beside another process, leaves balanced books each time and all done in the end', async () => {
    const steady = await startApi({ FAN_OUT_CONCURRENCY: '2' });
    let asked = 0;
    for (let kill = 0; kill < 25; kill++) {
      const victim = await startApi();
      const ids = await shop.insert([...ORDERS, ...ORDERS].map((items) => ({ items })));
      const answers = ids.map((id) => fanOut(victim.url, id));
      await sleep(Math.random() * 200);
      await victim.app.stop('SIGKILL');
      apps.splice(apps.indexOf(victim.app), 1);
      await Promise.all(answers);
      expect(await shop.imbalances()).toEqual([]);
      asked += ids.length;
    }
    const unstarted = await shop.query<{ id: string }>(
      'SELECT id FROM orders WHERE id NOT IN (SELECT order_id FROM fan_outs)',
    );
    for (const { id } of unstarted) expect((await fanOut(steady.url, id))?.status).toBe(202);
    await until(allEnded, 'all fan-outs end');
    expect(await shop.imbalances()).toEqual([]);
    // Two of four complete: the one that was refused and the one that asked for too much do not.
    expect(await shop.fanOutStatuses()).toEqual({ completed: asked / 2, failed: asked / 2 });
    const abandoned = await shop.query(`SELECT FROM operation_attempts WHERE outcome = 'abandoned'`);
    expect(abandoned.length).toBeGreaterThan(0);
  }, 300_000);
});

describe('a process that starts', () => {
  it('continues the operations that another process left, without a request', async () => {
    const ids = await shop.insert(ORDERS.map((items) => ({ items })));
    const hang = await hangAt('UPDATE', 'operation_attempts', "NEW.outcome = 'running'");
    const first = await startApi();
    for (const id of ids) expect((await fanOut(first.url, id))?.status).toBe(202);
    await until(hang.isHanging, 'operations are under way');
    await first.app.stop('SIGKILL');
    await hang.release();
    await startApi();
    await until(allEnded, 'all fan-outs end');
    expect(await shop.fanOutStatuses()).toEqual({ completed: 2, failed: 2 });
    expect(await shop.imbalances()).toEqual([]);
  });

  it('gives up an operation whose attempts all died, without another attempt', async () => {
    const [id = ''] = await shop.insert([{}]);
    const hang = await hangAt('INSERT', 'notifications', 'true');
    const victim = await startApi({ FAN_OUT_MAX_ATTEMPTS: '1' });
    void fanOut(victim.url, id);
    await until(hang.isHanging, 'the notification is being written');
    await victim.app.stop('SIGKILL');
    await hang.release();
    const heir = await startApi({ FAN_OUT_MAX_ATTEMPTS: '1' });
    await fanOut(heir.url, id, '?wait=true');
    expect(await shop.query(`SELECT status, error FROM operations WHERE kind = 'notify-customer'`)).toEqual([
      { status: 'failed', error: 'given up after 1 attempts' },
    ]);
    expect(await shop.fanOutStatuses()).toEqual({ failed: 1 });
    expect(await shop.imbalances()).toEqual([]);
  });
});

describe('two processes', () => {
  it('share the operations, and do each once', async () => {
    const ids = await shop.insert(Array.from({ length: 100 }, () => ({ items: [itemOf('SHARED')] })));
    // A long lease, so that it does not expire under load.
    const processes = [
      await startApi({ FAN_OUT_LEASE_MS: '60000' }),
      await startApi({ FAN_OUT_LEASE_MS: '60000' }),
    ];
    await Promise.all(ids.map((id, index) => fanOut(processes[index % 2]!.url, id)));
    await until(allEnded, 'all fan-outs end');
    expect(await shop.query('SELECT FROM operation_attempts WHERE number > 1')).toEqual([]);
    expect(await shop.query(`SELECT available::int FROM stock`)).toEqual([{ available: 900 }]);
    expect(await shop.imbalances()).toEqual([]);
  });
});

describe('a process that is told to stop', () => {
  it('answers the requests that wait for a fan-out, ends the running operations, and exits with 0', async () => {
    const [id = ''] = await shop.insert([{ items: [itemOf('NEVER', 1, 19)] }]);
    const { app, url } = await startApi({ FAN_OUT_RETRY_MS: '60000' });
    const answer = fanOut(url, id, '?wait=true');
    await until(
      async () => (await shop.query(`SELECT FROM operation_attempts WHERE outcome = 'failed'`)).length > 0,
      'the payment has failed once',
    );
    expect(await app.stop()).toEqual({ code: 0, signal: null });
    expect((await answer)?.status).toBe(202);
    expect(await shop.query(`SELECT FROM operation_attempts WHERE outcome = 'running'`)).toEqual([]);
    expect(await shop.imbalances()).toEqual([]);
  });
});
