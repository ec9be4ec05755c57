// Counts the blocks that Postgres reads for every list and look-up of the API over 300,000 orders.
import type { DataSource, Logger } from 'typeorm';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FanOutsRepository, OrdersRepository, OrderTrail, RunsRepository } from '../src/index.ts';
import { openTestDatabase, type TestDatabase } from '../src/testing.ts';

const ORDERS = 300_000;
const PENDING = 200_000;
const BATCH = 100;
const MAX_BLOCKS = 300;

const uuid = (kind: number, n: string) =>
  `('01900000-000${kind}-7000-8000-' || lpad(to_hex(${n}), 12, '0'))::uuid`;
const idOf = (kind: number, n: number) => `01900000-000${kind}-7000-8000-${n.toString(16).padStart(12, '0')}`;

// The oldest third is done, mostly reconciled. The rest is pending.
const DONE = ORDERS - PENDING;
const SEED = [
  `INSERT INTO runs (id, trigger, worker, lease_until, outcome, finished_at)
   SELECT ${uuid(3, 'n')}, 'once', 'worker', now(), 'completed', now()
   FROM generate_series(1, ${DONE / BATCH}) AS n`,
  `INSERT INTO batches (id, run_id, worker, size, lease_until, outcome, finished_at)
   SELECT ${uuid(2, 'n')}, ${uuid(3, 'n')}, 'worker', ${BATCH}, now(), 'completed', now()
   FROM generate_series(1, ${DONE / BATCH}) AS n`,
  `INSERT INTO orders (id, customer_id, currency, items, status, batch_id, batch_ids, attempts, idempotency_key, request_digest)
   SELECT ${uuid(1, 'n')}, 'customer', 'EUR', '[{"sku":"A","quantity":1,"unitPriceCents":100}]',
     CASE WHEN n > ${DONE} THEN 'pending' WHEN n % 1000 = 0 THEN 'failed' WHEN n % 100 = 0 THEN 'discrepancy' ELSE 'reconciled' END,
     CASE WHEN n <= ${DONE} THEN ${uuid(2, `(n - 1) / ${BATCH} + 1`)} END,
     CASE WHEN n <= ${DONE} THEN ARRAY[${uuid(2, `(n - 1) / ${BATCH} + 1`)}] END,
     CASE WHEN n <= ${DONE} THEN 1 ELSE 0 END, 'key-' || n, 'digest'
   FROM generate_series(1, ${ORDERS}) AS n`,
  'ANALYZE',
];

let database: TestDatabase;
let dataSource: DataSource;
beforeAll(async () => {
  database = await openTestDatabase();
  ({ dataSource } = database);
  for (const statement of SEED) await dataSource.query(statement);
}, 300_000);
afterAll(() => database?.close());

interface Statement {
  readonly text: string;
  readonly values: unknown[] | undefined;
}

/** Collects the statements that `work` runs. */
async function statementsOf(work: () => Promise<unknown>): Promise<Statement[]> {
  const statements: Statement[] = [];
  const logger = dataSource.logger;
  const listening = Object.create(logger) as Logger;
  listening.logQuery = (text: string, values?: unknown[]) => void statements.push({ text, values });
  Object.assign(dataSource, { logger: listening });
  try {
    await work();
  } finally {
    Object.assign(dataSource, { logger });
  }
  return statements.filter(({ text }) => /^\W*(SELECT|WITH)/i.test(text));
}

interface Plan {
  readonly 'Node Type': string;
  readonly 'Relation Name'?: string;
  readonly 'Shared Hit Blocks': number;
  readonly 'Shared Read Blocks': number;
  readonly Plans?: readonly Plan[];
}

async function planOf({ text, values }: Statement): Promise<Plan> {
  const explain = `EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ${text}`;
  const [row] = await dataSource.query<{ 'QUERY PLAN': { Plan: Plan }[] }[]>(explain, values);
  return row!['QUERY PLAN'][0]!.Plan;
}

const orders = () => new OrdersRepository(dataSource);
const runs = () => new RunsRepository(dataSource);
const limit = 21;

it.each<[string, () => Promise<unknown>]>([
  ['the newest orders', () => orders().page({ limit })],
  ['a later page of orders', () => orders().page({ limit, beforeId: idOf(1, 150_000) })],
  ...(['pending', 'reconciled', 'discrepancy', 'failed'] as const).flatMap(
    (status): [string, () => Promise<unknown>][] => [
      [`the newest orders that are ${status}`, () => orders().page({ status, limit })],
      [
        `a later page of orders that are ${status}`,
        () => orders().page({ status, limit, beforeId: idOf(1, 50_000) }),
      ],
    ],
  ),
  ['one order', () => orders().find(idOf(1, 5))],
  ['an idempotency key', () => orders().hasKey('key-250000')],
  ['the newest runs', () => runs().page(limit)],
  ['a later page of runs', () => runs().page(limit, idOf(3, 500))],
  ['one run', () => runs().find(idOf(3, 5))],
  ['the batches of a run', () => runs().batchesOf(idOf(3, 5), 100)],
  ['the fan-out of an order', () => new FanOutsRepository(dataSource).find(idOf(1, 5))],
  ['the trail of an order', () => new OrderTrail(dataSource).of(idOf(1, 5))],
])('reads %s in a few blocks', async (_, work) => {
  const statements = await statementsOf(work);
  expect(statements.length).toBeGreaterThan(0);
  for (const statement of statements) {
    const plan = await planOf(statement);
    expect(plan['Shared Hit Blocks'] + plan['Shared Read Blocks'], statement.text).toBeLessThan(MAX_BLOCKS);
  }
});
