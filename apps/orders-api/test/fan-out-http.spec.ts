import { openTestDatabase, type TestDatabase } from '@span-links/orders-data/testing';
import { createHttpApp, ServiceLogger } from '@span-links/service-shell';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { FanOutView } from '../src/fan-out-view.ts';
import { orderProblem } from '../src/order-problems.ts';
import { OrdersApiModule } from '../src/orders-api.module.ts';
import { itemOf, Shop, type OrderRow } from './shop.ts';

let database: TestDatabase;
let shop: Shop;
let app: Awaited<ReturnType<typeof createHttpApp>>;
let url: string;

beforeAll(async () => {
  database = await openTestDatabase();
  shop = new Shop(database.url);
  app = await createHttpApp({
    module: OrdersApiModule.over(database.dataSource, {
      fanOut: { pollMs: 20, retryMs: 10, maxAttempts: 3, stockPerSku: 10 },
    }),
    openApi: { title: 'orders-api', description: '' },
    log: new ServiceLogger({ name: 'test', level: 'fatal' }),
    mapError: orderProblem,
  });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});
afterEach(async () => expect(await shop.imbalances()).toEqual([]));
afterAll(async () => {
  await app.close();
  await database.close();
  await shop.close();
});

const order = async (row: OrderRow = {}) => (await shop.insert([row]))[0] ?? '';
const fanOut = (id: string, query = '') => fetch(`${url}/orders/${id}/fan-out${query}`, { method: 'POST' });
const bodyOf = async (response: Response) => (await response.json()) as FanOutView;
const ended = async (row: OrderRow = {}) => bodyOf(await fanOut(await order(row), '?wait=true'));
const statusesOf = (view: FanOutView) =>
  Object.fromEntries(view.operations.map(({ kind, status }) => [kind, status]));
const operation = (view: FanOutView, kind: string) => view.operations.find((each) => each.kind === kind);

describe('POST /orders/:id/fan-out', () => {
  it('answers 202 at once with four operations and the address of their state', async () => {
    const id = await order();
    const response = await fanOut(id);
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/orders/${id}/fan-out`);
    const view = await bodyOf(response);
    expect(view).toMatchObject({ orderId: id, traceId: null });
    expect(view.operations.map(({ kind }) => kind)).toEqual([
      'reserve-stock',
      'authorize-payment',
      'notify-customer',
      'score-risk',
    ]);
    const shown = await bodyOf(await fetch(url + String(response.headers.get('location'))));
    expect(shown.operations.slice(0, 4).map((each) => each.id)).toEqual(view.operations.map(({ id }) => id));
  });

  it('answers 200 when everything is done if the request asks to wait', async () => {
    const response = await fanOut(await order(), '?wait=true');
    expect(response.status).toBe(200);
    const view = await bodyOf(response);
    expect(view.status).toBe('completed');
    expect(statusesOf(view)).toEqual({
      'reserve-stock': 'done',
      'authorize-payment': 'done',
      'notify-customer': 'done',
      'score-risk': 'done',
      'complete-fan-out': 'done',
    });
    expect(view.operations.map(({ attempts }) => attempts)).toEqual([1, 1, 1, 1, 1]);
    expect(view.finishedAt).not.toBeNull();
  });

  it('returns the same fan-out to a repeated request, even to many at once', async () => {
    const id = await order();
    const responses = await Promise.all(Array.from({ length: 20 }, () => fanOut(id)));
    expect(new Set(responses.map(({ status }) => status))).toEqual(new Set([202]));
    expect(responses.filter(({ headers }) => headers.get('idempotent-replayed') === null)).toHaveLength(1);
    const views = await Promise.all(responses.map(bodyOf));
    expect(new Set(views.map((view) => view.id)).size).toBe(1);
    const last = await bodyOf(await fanOut(id, '?wait=true'));
    expect(last.id).toBe(views[0]?.id);
    expect(last.operations).toHaveLength(5);
    const [count] = await shop.query('SELECT count(*)::int AS paid FROM payment_ledger WHERE order_id = $1', [
      id,
    ]);
    expect(count).toEqual({ paid: 1 });
  });

  it('returns the fan-out of an order that became a discrepancy later', async () => {
    const id = await order();
    const first = await bodyOf(await fanOut(id, '?wait=true'));
    await shop.query(`UPDATE orders SET status = 'discrepancy' WHERE id = $1`, [id]);
    expect(await bodyOf(await fanOut(id, '?wait=true'))).toEqual(first);
  });

  it.each(['discrepancy', 'failed'])('answers 409 to an order that is marked as %s', async (status) => {
    const id = await order({ status });
    const response = await fanOut(id);
    expect(response.status).toBe(409);
    expect(await response.json()).toMatchObject({ detail: expect.stringContaining(status) as string });
    expect(await shop.query('SELECT FROM fan_outs WHERE order_id = $1', [id])).toEqual([]);
  });

  it.each(['00000000-0000-7000-8000-000000000000', 'nonsense'])('answers 404 to %s', async (id) => {
    expect((await fanOut(id)).status).toBe(404);
    expect((await fetch(`${url}/orders/${id}/fan-out`)).status).toBe(404);
    expect((await fetch(`${url}/orders/${id}/trace`)).status).toBe(404);
  });

  it('answers 404 if the fan-out was never started', async () => {
    expect((await fetch(`${url}/orders/${await order()}/fan-out`)).status).toBe(404);
  });

  it('answers 400 to a wrong value of wait, and starts nothing', async () => {
    const id = await order();
    const response = await fanOut(id, '?wait=maybe');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ errors: [{ parameter: 'wait' }] });
    expect((await fetch(`${url}/orders/${id}/fan-out`)).status).toBe(404);
  });
});

describe('an operation that fails for good', () => {
  it('undoes the effects of the others: stock is released if the payment was refused', async () => {
    const view = await ended({ items: [itemOf('REFUSED', 2, 1_000), itemOf('REFUSED', 1, 13)] });
    expect(view.status).toBe('failed');
    expect(statusesOf(view)).toMatchObject({
      'reserve-stock': 'done',
      'authorize-payment': 'failed',
      'complete-fan-out': 'done',
      'release-stock': 'done',
    });
    expect(operation(view, 'authorize-payment')).toMatchObject({
      attempts: 1,
      error: 'the payment provider refused the payment',
    });
    expect(operation(view, 'release-stock')?.undoes).toBe(operation(view, 'reserve-stock')?.id);
    expect(operation(view, 'void-payment')).toBeUndefined();
    expect(await shop.query(`SELECT available::int FROM stock WHERE sku = 'REFUSED'`)).toEqual([
      { available: 10 },
    ]);
  });

  it('voids the payment if the stock has run out', async () => {
    const first = await ended({ items: [itemOf('SCARCE', 8)] });
    expect(first.status).toBe('completed');
    const view = await ended({ items: [itemOf('PLENTY', 1), itemOf('SCARCE', 2), itemOf('SCARCE', 1)] });
    expect(view.status).toBe('failed');
    expect(operation(view, 'reserve-stock')?.error).toBe('3 of SCARCE were asked for, 2 are there');
    expect(statusesOf(view)).toMatchObject({ 'authorize-payment': 'done', 'void-payment': 'done' });
    expect(
      await shop.query(
        'SELECT entry, amount_cents::int FROM payment_ledger WHERE order_id = $1 ORDER BY entry',
        [view.orderId],
      ),
    ).toEqual([
      { entry: 'authorization', amount_cents: 4_000 },
      { entry: 'void', amount_cents: -4_000 },
    ]);
  });

  it('leaves nothing to undo if nothing was done', async () => {
    const view = await ended({ items: [itemOf('MUCH', 11, 1_000), itemOf('MUCH', 1, 13)] });
    expect(view.status).toBe('failed');
    expect(view.operations).toHaveLength(5);
  });

  it('is not tried again if the order cannot be read', async () => {
    const view = await ended({ items: [] });
    expect(operation(view, 'reserve-stock')).toMatchObject({
      status: 'failed',
      attempts: 1,
      error: 'the items of the order cannot be read',
    });
    expect(view.status).toBe('failed');
  });
});

describe('an operation that fails for now', () => {
  it('is tried again, and keeps its place among the others', async () => {
    const view = await ended({ items: [itemOf('LATE', 1, 17)] });
    expect(view.status).toBe('completed');
    expect(operation(view, 'authorize-payment')).toMatchObject({ status: 'done', attempts: 2 });
  });

  it('has failed for good after the last attempt', async () => {
    const view = await ended({ items: [itemOf('NEVER', 1, 19)] });
    expect(view.status).toBe('failed');
    expect(operation(view, 'authorize-payment')).toMatchObject({ status: 'failed', attempts: 3 });
    expect(
      await shop.query(
        'SELECT number, outcome, error FROM operation_attempts WHERE operation_id = $1 ORDER BY number',
        [operation(view, 'authorize-payment')?.id],
      ),
    ).toEqual(
      [1, 2, 3].map((number) => ({
        number,
        outcome: 'failed',
        error: 'the payment provider did not answer',
      })),
    );
  });
});

describe('the risk of a customer', () => {
  it('rises with the share of their failed fan-outs, and other customers do not count', async () => {
    const customerId = 'customer-with-a-past';
    const score = async (row: OrderRow) => {
      const { orderId } = await ended(row);
      const [scored] = await shop.query(
        'SELECT score, earlier, failed FROM risk_scores WHERE order_id = $1',
        [orderId],
      );
      return scored;
    };
    expect(await score({ customerId })).toEqual({ score: 25, earlier: 0, failed: 0 });
    await ended({ customerId: 'somebody else', items: [itemOf('X', 1, 13)] });
    expect(await score({ customerId, items: [itemOf('X', 1, 13)] })).toEqual({
      score: 20,
      earlier: 1,
      failed: 0,
    });
    expect(await score({ customerId })).toEqual({ score: 33, earlier: 2, failed: 1 });
  });
});

describe('the API documentation', () => {
  it('describes the fan-out and the trail', async () => {
    const document = (await (await fetch(`${url}/docs-json`)).json()) as { paths: Record<string, object> };
    expect(Object.keys(document.paths)).toEqual(
      expect.arrayContaining(['/orders/{id}/fan-out', '/orders/{id}/trace']),
    );
    const described = JSON.stringify(document.paths['/orders/{id}/fan-out']);
    for (const part of ['"wait"', '"202"', '"200"', '"404"', '"409"', 'FanOutView', 'Location'])
      expect(described).toContain(part);
  });
});
