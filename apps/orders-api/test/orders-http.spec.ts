import { OrdersRepository } from '@span-links/orders-data';
import { openTestDatabase, type TestDatabase } from '@span-links/orders-data/testing';
import { createHttpApp, ServiceLogger } from '@span-links/service-shell';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { orderProblem } from '../src/order-problems.ts';
import { OrdersApiModule } from '../src/orders-api.module.ts';

let database: TestDatabase;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;

beforeAll(async () => {
  database = await openTestDatabase();
  app = await createHttpApp({
    module: OrdersApiModule.over(database.dataSource),
    openApi: { title: 'orders-api', description: '' },
    log: new ServiceLogger({ name: 'test', level: 'fatal' }),
    mapError: orderProblem,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterAll(async () => {
  await app.close();
  await database.close();
});

const order = (overrides: object = {}) => ({
  customerId: 'customer-7',
  currency: 'EUR',
  items: [{ sku: 'SKU-1', quantity: 2, unitPriceCents: 1999 }],
  totalCents: 3998,
  ...overrides,
});
const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
const json = async (response: Response) => (await response.json()) as Record<string, unknown>;

describe('POST /orders', () => {
  it('answers 201 with the order and its location', async () => {
    const response = await post(order());
    const created = await json(response);
    expect(response.status).toBe(201);
    expect(response.headers.get('location')).toBe(`/orders/${String(created['id'])}`);
    expect(created).toMatchObject({
      ...order(),
      status: 'pending',
      reconciledTotalCents: null,
      batchId: null,
      attempts: 0,
    });
    expect(created['id']).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab]/);
    const shown = await fetch(url + String(response.headers.get('location')));
    expect(await json(shown)).toEqual(created);
  });

  it('works without an SDK, and then has no trace', async () => {
    expect((await json(await post(order())))['traceId']).toBeNull();
  });

  it('accepts an order without a stated total', async () => {
    const { totalCents: _, ...unstated } = order();
    expect((await json(await post(unstated)))['totalCents']).toBeNull();
  });

  it('names every wrong field', async () => {
    const response = await post({
      customerId: '',
      currency: 'euro',
      items: [{ sku: 'A', quantity: 0, unitPriceCents: 1.5 }, { sku: 7 }],
      totalCents: -1,
      'no/such~field': 1,
    });
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    const problem = await json(response);
    expect(problem).toMatchObject({
      type: 'about:blank',
      title: 'Bad Request',
      status: 400,
      instance: '/orders',
    });
    const pointers = (problem['errors'] as { pointer: string }[]).map(({ pointer }) => pointer);
    expect(pointers).toEqual([
      '#/customerId',
      '#/currency',
      '#/items/0/quantity',
      '#/items/0/unitPriceCents',
      '#/items/1/sku',
      '#/items/1/quantity',
      '#/items/1/unitPriceCents',
      '#/totalCents',
      '#/no~1such~0field',
    ]);
  });

  it.each([
    ['nothing', ''],
    ['a list', '[]'],
    ['a text', '"order"'],
    ['null', 'null'],
    ['broken JSON', '{"customerId": '],
    ['U+0000, which Postgres cannot store', JSON.stringify(order({ customerId: 'a\u0000b' }))],
    ['half a surrogate pair', JSON.stringify(order({ customerId: 'a\ud800' }))],
  ])('answers 400 to %s', async (_, body) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('lists at most 100 wrong fields', async () => {
    const response = await post(order({ items: Array.from({ length: 900 }, () => ({})) }));
    expect((await json(response))['errors']).toHaveLength(100);
  });

  it('answers 413 to a body over 1 MiB', async () => {
    const response = await post(order({ customerId: 'x'.repeat(1024 * 1024) }));
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('answers a repeated request with the first order, without a new row', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    const first = await post(order({ customerId: 'twice' }), headers);
    const again = await post(order({ customerId: 'twice' }), headers);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(first.headers.get('idempotent-replayed')).toBeNull();
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect(await json(again)).toEqual(await json(first));
    const [row] = await database.dataSource.query<{ count: number }[]>(
      `SELECT count(*)::int FROM orders WHERE customer_id = 'twice'`,
    );
    expect(row?.count).toBe(1);
  });

  it('answers 422 if an idempotency key was used for another order', async () => {
    await post(order(), { 'idempotency-key': 'k-2' });
    const response = await post(order({ currency: 'USD' }), { 'idempotency-key': 'k-2' });
    expect(response.status).toBe(422);
  });

  it('answers 400 to an idempotency key that is too long', async () => {
    expect((await post(order(), { 'idempotency-key': 'k'.repeat(256) })).status).toBe(400);
  });
});

describe('GET /orders', () => {
  it.each(['01900000-0000-7000-8000-000000000000', 'no-uuid', '1'])(
    'answers 404 to the unknown id %s',
    async (id) => {
      const response = await fetch(`${url}/orders/${id}`);
      expect(response.status).toBe(404);
      expect((await json(response))['status']).toBe(404);
    },
  );

  it('pages newest first until there is no further cursor', async () => {
    await database.dataSource.query('TRUNCATE orders');
    const ids: unknown[] = [];
    for (let i = 0; i < 5; i++) ids.unshift((await json(await post(order())))['id']);
    const seen: unknown[] = [];
    let cursor: string | null = '';
    for (let page = 0; page < 3; page++) {
      const query = new URLSearchParams({ limit: '2', ...(cursor ? { cursor } : {}) });
      const answer = await json(await fetch(`${url}/orders?${query.toString()}`));
      seen.push(...(answer['orders'] as { id: string }[]).map(({ id }) => id));
      cursor = answer['nextCursor'] as string | null;
    }
    expect(seen).toEqual(ids);
    expect(cursor).toBeNull();
  });

  it('filters by status', async () => {
    const repository = new OrdersRepository(database.dataSource);
    const [newest] = await repository.page({ limit: 1 });
    await database.dataSource.query(`UPDATE orders SET status = 'discrepancy' WHERE id = $1`, [newest?.id]);
    const answer = await json(await fetch(`${url}/orders?status=discrepancy`));
    expect((answer['orders'] as { id: string }[]).map(({ id }) => id)).toEqual([newest?.id]);
  });

  it('names every wrong parameter', async () => {
    const response = await fetch(`${url}/orders?status=lost&limit=0&cursor=nonsense`);
    expect(response.status).toBe(400);
    const errors = (await json(response))['errors'] as { parameter: string }[];
    expect(errors.map(({ parameter }) => parameter)).toEqual(['status', 'limit', 'cursor']);
  });
});

describe('the service', () => {
  it('is live and ready', async () => {
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(200);
  });

  it('describes itself', async () => {
    const document = await json(await fetch(`${url}/docs-json`));
    const paths = document['paths'] as Record<string, object>;
    expect(Object.keys(paths)).toEqual(
      expect.arrayContaining(['/orders', '/orders/{id}', '/health/live', '/health/ready']),
    );
    expect(JSON.stringify(paths['/orders'])).toContain('unitPriceCents');
    expect((await fetch(`${url}/docs`)).status).toBe(200);
  });
});
