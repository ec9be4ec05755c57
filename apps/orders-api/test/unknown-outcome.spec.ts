import { connectOrdersDatabase } from '@span-links/orders-data';
import { openTestDatabase, type TestDatabase } from '@span-links/orders-data/testing';
import { createHttpApp, ServiceLogger } from '@span-links/service-shell';
import { TcpProxy } from '@span-links/service-shell/testing';
import type { DataSource } from 'typeorm';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { orderProblem } from '../src/order-problems.ts';
import { OrdersApiModule } from '../src/orders-api.module.ts';

// The app reaches its database through a proxy that breaks connections; the test reads the rows past it.
let database: TestDatabase;
let proxy: TcpProxy;
let dataSource: DataSource;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;

beforeEach(async () => {
  database = await openTestDatabase();
  const { hostname: host, port } = new URL(database.url);
  proxy = await TcpProxy.start({ host, port: Number(port) });
  dataSource = await connectOrdersDatabase({ url: proxy.urlOf(database.url), applicationName: 'unknown' });
  app = await createHttpApp({
    // No background work: the broken connections must be those of requests.
    module: OrdersApiModule.over(dataSource, { fanOut: { pollMs: 3_600_000 } }),
    openApi: { title: 'orders-api', description: '' },
    log: new ServiceLogger({ name: 'test', level: 'fatal' }),
    mapError: orderProblem,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterEach(async () => {
  await app.close();
  await dataSource.destroy();
  await proxy.close();
  await database.close();
});

interface Answer {
  status: number;
  headers: Headers;
  body: { id: string; detail: string; outcome?: string };
}

async function post(path: string, headers: Record<string, string> = {}, body?: unknown): Promise<Answer> {
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    headers: response.headers,
    body: (await response.json()) as Answer['body'],
  };
}
const postOrder = (headers: Record<string, string> = {}) =>
  post('/orders', headers, {
    customerId: 'c',
    currency: 'EUR',
    items: [{ sku: 'A', quantity: 1, unitPriceCents: 1 }],
  });
const count = async (table: string) => {
  const [row] = await database.dataSource.query<{ count: string }[]>(`SELECT count(*) FROM ${table}`);
  return Number(row?.count);
};

it('says that the outcome is unknown if the connection breaks after the order was written, and tells a client not to simply try again', async () => {
  const cut = proxy.cutBeforeAnswer('INSERT 0 1');
  const { status, headers, body } = await postOrder();
  await cut;
  expect(await count('orders')).toBe(1);
  expect(status).toBe(503);
  expect(body.outcome).toBe('unknown');
  expect(body.detail).toMatch(/unknown whether this request took effect.*GET \/orders.*Idempotency-Key/);
  expect(headers.get('retry-after')).toBeNull();
});

it('says how to repeat an order under its Idempotency-Key, and the repetition finds the first order', async () => {
  const cut = proxy.cutBeforeAnswer('INSERT 0 1');
  const { status, headers, body } = await postOrder({ 'idempotency-key': 'once' });
  await cut;
  expect({ status, outcome: body.outcome }).toEqual({ status: 503, outcome: 'unknown' });
  expect(body.detail).toMatch(/same request again under the same Idempotency-Key/);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const again = await postOrder({ 'idempotency-key': 'once' });
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([201, 'true']);
  expect(await count('orders')).toBe(1);
});

it('says that the outcome of a fan-out is unknown if the connection breaks after its COMMIT, and the repetition finds it', async () => {
  const { body: order } = await postOrder();
  const cut = proxy.cutBeforeAnswer('COMMIT\0');
  const { status, headers, body } = await post(`/orders/${order.id}/fan-out`);
  await cut;
  expect({ status, outcome: body.outcome }).toEqual({ status: 503, outcome: 'unknown' });
  expect(body.detail).toMatch(/Send the request again: an order is fanned out once/);
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  const again = await post(`/orders/${order.id}/fan-out`);
  expect([again.status, again.headers.get('idempotent-replayed')]).toEqual([202, 'true']);
  expect(await count('fan_outs')).toBe(1);
});

it('promises that nothing has changed only if no statement was sent', async () => {
  proxy.refuse();
  // The pool first notices that its idle connections are gone.
  await expect.poll(async () => (await postOrder()).body.outcome).toBeUndefined();
  const { status, headers, body } = await postOrder();
  expect(status).toBe(503);
  expect(body.detail).toBe(
    'The orders database cannot be reached. This request has changed nothing; try again.',
  );
  expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  proxy.accept();
  expect((await postOrder()).status).toBe(201);
  expect(await count('orders')).toBe(1);
});

it('claims nothing about a read', async () => {
  proxy.refuse();
  const response = await fetch(`${url}/orders`);
  expect(response.status).toBe(503);
  expect(((await response.json()) as Answer['body']).detail).not.toContain('unknown');
});

/** The last message of a server that ends a connection, in the protocol of PostgreSQL: severity, SQLSTATE and text. */
function farewell(): Buffer {
  const message = 'terminating connection due to unexpected postmaster exit';
  const fields = Buffer.from(`SFATAL\0VFATAL\0C57P01\0M${message}\0\0`);
  const head = Buffer.alloc(5);
  head.write('E');
  head.writeInt32BE(fields.length + 4, 1);
  return Buffer.concat([head, fields]);
}

it('answers 503 if the connection ends between two statements of a transaction: nothing was written', async () => {
  const { body: order } = await postOrder();
  const added = proxy.addToAnswer('START TRANSACTION\0', farewell());
  const { status, body } = await post(`/orders/${order.id}/fan-out`);
  await added;
  expect(status).toBe(503);
  expect(body.detail).toBe(
    'The orders database cannot be reached. This request has changed nothing; try again.',
  );
  expect(await count('fan_outs')).toBe(0);
  expect((await post(`/orders/${order.id}/fan-out`)).status).toBe(202);
});

it('survives a server that accepts a connection and ends at once', async () => {
  proxy.cut();
  const added = proxy.addToAnswer('Z\0\0\0\u0005I', farewell());
  // The pool first notices that its idle connections are gone; then it makes the one that ends.
  const statuses = new Set<number>();
  let isOver = false;
  void added.then(() => (isOver = true));
  while (!isOver) statuses.add((await postOrder()).status);
  expect([...statuses].filter((status) => ![201, 503].includes(status))).toEqual([]);
  await expect.poll(async () => (await postOrder()).status, { timeout: 20_000 }).toBe(201);
});
