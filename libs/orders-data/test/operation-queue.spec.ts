import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BRANCH_KINDS,
  FanOutsRepository,
  holdingLease,
  LeaseLostError,
  OperationQueue,
  OrdersRepository,
  OrderTrail,
  reserveStock,
  type ClaimedOperation,
} from '../src/index.ts';
import { openTestDatabase, type TestDatabase } from '../src/testing.ts';

const INITIATOR = { traceparent: `00-${'ab'.repeat(16)}-${'cd'.repeat(8)}-01` };
const spanOf = (digit: string) => ({ traceparent: `00-${digit.repeat(32)}-${digit.repeat(16)}-01` });

let database: TestDatabase;
let queue: OperationQueue;
let fanOuts: FanOutsRepository;

beforeEach(async () => {
  database = await openTestDatabase();
  queue = new OperationQueue(database.dataSource);
  fanOuts = new FanOutsRepository(database.dataSource);
});
afterEach(() => database.close());

const requested = async () => {
  const { order } = await new OrdersRepository(database.dataSource).receive({
    customerId: 'c',
    currency: 'EUR',
    items: [{ sku: 'A', quantity: 1, unitPriceCents: 100 }],
    statedTotalCents: null,
    traceContext: undefined,
  });
  const { fanOut } = await fanOuts.request(order.id, INITIATOR);
  return fanOut;
};
const claim = (most = 10) => queue.claim(most, 60_000);
const expireLeases = () => database.dataSource.query(`UPDATE operations SET due_at = now() - interval '1 s'`);
const nothing = async () => undefined;
const only = async (kind: string): Promise<ClaimedOperation> => {
  const found = (await claim()).find((operation) => operation.kind === kind);
  if (!found) throw new Error(`there is no ${kind} to claim`);
  return found;
};

describe('the queue of operations', () => {
  it('gives each operation to one of several workers that claim at once', async () => {
    await requested();
    await requested();
    const claims = (await Promise.all([claim(3), claim(3), claim(3), claim(3)])).flat();
    expect(new Set(claims.map(({ id }) => id)).size).toBe(claims.length);
    expect([...claims, ...(await claim())]).toHaveLength(8);
    expect(await claim()).toEqual([]);
  });

  it('gives each operation the carrier of its request', async () => {
    await requested();
    expect((await claim()).map(({ askedBy }) => askedBy)).toEqual(BRANCH_KINDS.map(() => INITIATOR));
  });

  it('gives an operation to another worker when the lease has expired, with the span of the dead attempt', async () => {
    await requested();
    const first = await only('score-risk');
    await queue.recordSpan(first, spanOf('1'));
    await expireLeases();
    const second = await only('score-risk');
    expect(second).toMatchObject({ id: first.id, attempt: 2, previousAttempt: spanOf('1') });
    const outcomes = await database.dataSource.query<{ outcome: string }[]>(
      'SELECT outcome FROM operation_attempts WHERE operation_id = $1 ORDER BY number',
      [first.id],
    );
    expect(outcomes.map(({ outcome }) => outcome)).toEqual(['abandoned', 'running']);
  });

  it('renews the lease of the worker that holds an operation, and not after another claim or the end', async () => {
    await requested();
    const holder = await only('score-risk');
    await expireLeases();
    expect(await queue.renew(holder, 60_000)).toBe(true);
    expect((await claim()).map(({ id }) => id)).not.toContain(holder.id);
    await expireLeases();
    const heir = await only('score-risk');
    expect(await queue.renew(holder, 60_000)).toBe(false);
    expect(await queue.renew(heir, 60_000)).toBe(true);
    await queue.complete(heir, nothing);
    expect(await queue.renew(heir, 60_000)).toBe(false);
  });

  it('renews the lease of an operation while its work runs', async () => {
    await requested();
    const [operation] = await queue.claim(1, 300);
    const lease = { leaseMs: 300, renew: () => queue.renew(operation!, 300) };
    const seen = await holdingLease(lease, async () => {
      const ids: string[] = [];
      // Lasts three leases.
      for (const end = Date.now() + 900; Date.now() < end;) ids.push(...(await claim()).map(({ id }) => id));
      return ids;
    });
    expect(seen).toHaveLength(BRANCH_KINDS.length - 1);
    expect(seen).not.toContain(operation?.id);
    await expect
      .poll(claim, { timeout: 20_000 })
      .toEqual([expect.objectContaining({ id: operation?.id, attempt: 2 })]);
  });

  it('rejects the write of a worker whose lease expired and whose operation was claimed again', async () => {
    await requested();
    const late = await only('score-risk');
    await expireLeases();
    const holder = await only('score-risk');
    const written = queue.complete(late, async (manager) => {
      await manager.query('CREATE TABLE left_behind ()');
    });
    await expect(written).rejects.toThrow(LeaseLostError);
    await expect(queue.fail(late, 'too late')).rejects.toThrow(LeaseLostError);
    await queue.retry(late, 'too late', 0);
    expect(await claim()).toEqual([]);
    await queue.complete(holder, nothing);
    await expect(queue.complete(holder, nothing)).rejects.toThrow(LeaseLostError);
    const [table] = await database.dataSource.query<unknown[]>(`SELECT to_regclass('left_behind') AS found`);
    expect(table).toEqual({ found: null });
    const [operation] = await database.dataSource.query<unknown[]>(
      'SELECT status, error FROM operations WHERE id = $1',
      [holder.id],
    );
    expect(operation).toEqual({ status: 'done', error: null });
  });

  it('skips an operation while its outcome is written, even if the lease has expired', async () => {
    await requested();
    const operation = await only('score-risk');
    await queue.complete(operation, async () => {
      await database.dataSource.query(
        `UPDATE operations SET due_at = now() - interval '1 s' WHERE id <> $1`,
        [operation.id],
      );
      const claimed = await claim();
      expect(claimed).toHaveLength(3);
      expect(claimed.map(({ id }) => id)).not.toContain(operation.id);
    });
  });

  it('does not claim a returned operation before its pause is over', async () => {
    await requested();
    const operation = await only('score-risk');
    await queue.retry(operation, 'not now', 60_000);
    expect(await claim()).toEqual([]);
    await expireLeases();
    expect(await only('score-risk')).toMatchObject({ attempt: 2 });
  });

  it('stores errors with characters that Postgres rejects', async () => {
    await requested();
    const operation = await only('score-risk');
    await queue.retry(operation, 'the provider said \0 and \udfff', 0);
    await expireLeases();
    await queue.fail(await only('score-risk'), 'again \0');
    const errors = await database.dataSource.query<{ error: string }[]>(
      'SELECT error FROM operation_attempts WHERE operation_id = $1 ORDER BY number',
      [operation.id],
    );
    expect(errors.map(({ error }) => error)).toEqual(['the provider said \ufffd and \ufffd', 'again \ufffd']);
  });

  it('starts one join if the last branches end at once, and tells it how each ended', async () => {
    const { id } = await requested();
    // Slow commits, so that each branch ends before it sees that the others have ended.
    await database.dataSource.query(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.3); RETURN NULL; END $$;
      CREATE CONSTRAINT TRIGGER dawdle AFTER UPDATE OF status ON operations DEFERRABLE INITIALLY DEFERRED
      FOR EACH ROW EXECUTE FUNCTION dawdle()`);
    const branches = await claim();
    for (const [index, branch] of branches.entries())
      await queue.recordSpan(branch, spanOf(String(index + 1)));
    await Promise.all(
      branches.map((branch) =>
        branch.kind === 'score-risk' ? queue.fail(branch, 'broken') : queue.complete(branch, nothing),
      ),
    );
    const joins = await claim();
    expect(joins.map(({ kind, fanOutId }) => [kind, fanOutId])).toEqual([['complete-fan-out', id]]);
    const ended = await queue.endedBranches(id);
    expect(ended.map(({ kind, status }) => [kind, status])).toEqual(
      BRANCH_KINDS.map((kind) => [kind, kind === 'score-risk' ? 'failed' : 'done']),
    );
    expect(new Set(ended.map(({ span }) => JSON.stringify(span))).size).toBe(4);
  });

  it('undoes each operation that has a compensation once, and then ends', async () => {
    const { orderId } = await requested();
    for (const branch of await claim()) {
      await queue.recordSpan(branch, INITIATOR);
      await (branch.kind === 'score-risk' ? queue.fail(branch, 'broken') : queue.complete(branch, nothing));
    }
    const [join] = await claim();
    await queue.completeJoin(join!, spanOf('9'));
    expect((await fanOuts.find(orderId))?.status).toBe('compensating');
    const undoing = await claim();
    expect(undoing.map(({ kind }) => kind).sort()).toEqual(['release-stock', 'void-payment']);
    for (const operation of undoing) {
      expect(operation).toMatchObject({ askedBy: spanOf('9'), undoneSpan: INITIATOR });
      expect((await fanOuts.find(orderId))?.status).toBe('compensating');
      await queue.complete(operation, nothing);
    }
    const ended = await fanOuts.find(orderId);
    expect(ended?.status).toBe('failed');
    expect(ended?.finishedAt).toBeInstanceOf(Date);
    expect(await claim()).toEqual([]);
  });
});

describe('stock', () => {
  it('is not oversold and not deadlocked by reservations of the same SKUs in a different order', async () => {
    // All connections are open, and a pause between two SKUs lets others take them in reverse order.
    await Promise.all(Array.from({ length: 10 }, () => database.dataSource.query('SELECT pg_sleep(0.1)')));
    await database.dataSource.query(`
      CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(0.1); RETURN NEW; END $$;
      CREATE TRIGGER dawdle BEFORE INSERT ON stock FOR EACH ROW EXECUTE FUNCTION dawdle()`);
    const line = (sku: string) => ({ sku, quantity: 1, unitPriceCents: 1 });
    const orders = Array.from({ length: 40 }, (_, index) =>
      index % 2 === 0 ? [line('A'), line('B')] : [line('B'), line('A')],
    );
    const reserved = await Promise.allSettled(
      orders.map((items) =>
        database.dataSource.transaction((manager) => reserveStock(manager, crypto.randomUUID(), items, 25)),
      ),
    );
    expect(reserved.filter(({ status }) => status === 'fulfilled')).toHaveLength(25);
    const reasons = reserved.flatMap((each) => (each.status === 'rejected' ? [String(each.reason)] : []));
    expect(new Set(reasons)).toEqual(new Set(['OutOfStockError: 1 of A were asked for, 0 are there']));
    expect(await database.dataSource.query('SELECT sku, available::int FROM stock ORDER BY sku')).toEqual([
      { sku: 'A', available: 0 },
      { sku: 'B', available: 0 },
    ]);
  });
});

describe('the trail of an order', () => {
  it('is empty if there is no such order', async () => {
    expect(await new OrderTrail(database.dataSource).of(crypto.randomUUID())).toEqual([]);
  });
});
