import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { STATUS_CODE } from '@span-links/otlp/receiver';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { linksOf, named, order, post, ShopFloor, to } from './shop-floor.ts';

let floor: ShopFloor;
beforeEach(async () => {
  floor = await ShopFloor.open(await newTestDatabaseUrl());
});
afterEach(() => floor.close());

const get = async (url: string) => {
  const answer = await fetch(url);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const receive = async (api: string) => (await post<{ id: string }>(`${api}/orders`, order())).body.id;
const untilShipped = (id: string) =>
  floor.until('the order to be shipped, dispatched and invoiced', async () => {
    const [row] = await floor.query(
      'SELECT FROM shipments JOIN invoices USING (order_id) WHERE order_id = $1 AND dispatched_at IS NOT NULL',
      [id],
    );
    return row;
  });
const outboxSize = async () => (await floor.query('SELECT FROM messaging_outbox')).length;

describe('orders-fulfilment', () => {
  it('shows shipments and invoices, its health and its documentation', async () => {
    const [api, url] = await Promise.all([floor.start('orders-api'), floor.start('orders-fulfilment')]);
    const id = await receive(api);
    await untilShipped(id);
    const [shipment, invoice] = [await get(`${url}/shipments/${id}`), await get(`${url}/invoices/${id}`)];
    expect(shipment).toMatchObject({ status: 200, body: { orderId: id, pieces: 27, parcels: 2 } });
    expect(invoice).toMatchObject({
      status: 200,
      body: { orderId: id, totalCents: 33_780, currency: 'EUR' },
    });
    for (const path of ['shipments/nothing', 'invoices/01900000-0000-7000-8000-000000000000'])
      expect((await get(`${url}/${path}`)).status).toBe(404);
    expect((await get(`${url}/health/live`)).status).toBe(200);
    await floor.until('messaging to be ready', async () =>
      (await get(`${url}/health/ready`)).status === 200 ? true : undefined,
    );
    expect(Object.keys((await get(`${url}/docs-json`)).body['paths'] as object)).toEqual(
      expect.arrayContaining(['/shipments/{orderId}', '/invoices/{orderId}']),
    );
  });

  it('ships in the trace of the request if SHIPPING_PARENT says so, with the link, and invoices beside it', async () => {
    const [api] = await Promise.all([
      floor.start('orders-api'),
      floor.start('orders-fulfilment', { SHIPPING_PARENT: 'producer' }),
    ]);
    await untilShipped(await receive(api));
    const spans = await floor.receiver.waitForSpans(
      (all) => named(all, 'process orders').length === 2 && named(all, 'send orders').length === 1,
      { timeoutMs: 50_000 },
    );
    const [sent] = named(spans, 'send orders');
    const shipping = named(spans, 'process orders').find((span) => span.attributes['shipment.parcels']);
    const invoicing = named(spans, 'process orders').find((span) => span !== shipping);
    expect(shipping).toMatchObject({ traceId: sent?.traceId, parentSpanId: sent?.spanId });
    expect(linksOf(shipping)).toEqual([to('origin', sent)]);
    expect(invoicing?.parentSpanId).toBeUndefined();
    expect(linksOf(invoicing)).toEqual([to('origin', sent)]);
  });

  it('gives up a message that cannot succeed, logs the reason, and continues with the others', async () => {
    const [api] = await Promise.all([floor.start('orders-api'), floor.start('orders-fulfilment')]);
    const id = '01900000-0000-7000-8000-00000000dead';
    await floor.query(
      `INSERT INTO messaging_outbox (id, destination, body, headers)
       VALUES ($1, 'orders', '{"orderId":"nothing"}', '{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}')`,
      [id],
    );
    await untilShipped(await receive(api));
    const spans = await floor.receiver.waitForSpans((all) => named(all, 'process orders.dead').length === 2, {
      timeoutMs: 50_000,
    });
    const attempts = named(spans, 'process orders').filter((span) => span.status.code === STATUS_CODE.error);
    expect(attempts).toHaveLength(2);
    for (const dead of named(spans, 'process orders.dead')) {
      expect(linksOf(dead)?.[0]).toEqual(['origin', '0af7651916cd43dd8448eb211c80319c', 'b7ad6b7169203331']);
      const [, , lastAttempt] = linksOf(dead)?.find(([relation]) => relation === 'previous_attempt') ?? [];
      expect(attempts.map(({ spanId }) => spanId)).toContain(lastAttempt);
    }
    await floor.until('both reasons to be told', async () => {
      const { output } = floor.latest('orders-fulfilment');
      const told = ['shipping', 'invoicing'].every((group) =>
        output.includes(`${group} gave up message ${id} after 1 attempts: the message names no order`),
      );
      return told ? true : undefined;
    });
  });
});

describe('a setting of messaging that is wrong, or a broker that is away,', () => {
  it.each([
    [
      { MESSAGING_TRANSPORT: 'pigeons' },
      /MESSAGING_TRANSPORT is "pigeons"; it must be one of pg-boss, kafka, nats/,
    ],
    [{ MESSAGING_TRANSPORT: 'kafka', KAFKA_BROKERS: 'nowhere' }, /KAFKA_BROKERS is "?nowhere"?; it must be/],
  ])('ends the start of orders-fulfilment with one sentence: %j', async (env, sentence) => {
    const api = await floor.start('orders-api', env);
    const id = await receive(api);
    await expect(floor.start('orders-fulfilment', env)).rejects.toThrow(sentence);
    expect(await outboxSize()).toBe(1);
    await floor.start('orders-fulfilment');
    await untilShipped(id);
  });

  it.each([
    [
      { MESSAGING_TRANSPORT: 'kafka', KAFKA_BROKERS: '127.0.0.1:9' },
      /Kafka does not answer at 127\.0\.0\.1:9/,
    ],
    [
      { MESSAGING_TRANSPORT: 'nats', NATS_URL: 'nats://127.0.0.1:9' },
      /NATS does not answer at 127\.0\.0\.1:9/,
    ],
  ])('costs no order: %j is told in one sentence, and messages wait', async (env, sentence) => {
    const [api, url] = await Promise.all([
      floor.start('orders-api', env),
      floor.start('orders-fulfilment', env),
    ]);
    const id = await receive(api);
    const away = floor.latest('orders-fulfilment');
    await floor.until('the sentence', async () => (sentence.test(away.output) ? true : undefined));
    expect((await get(`${url}/health/live`)).status).toBe(200);
    expect((await get(`${url}/health/ready`)).status).toBe(503);
    expect(await outboxSize()).toBe(1);
    expect(await away.stop()).toEqual({ code: 0, signal: null });
    // The waiting messages go to the next broker.
    await floor.start('orders-fulfilment');
    await untilShipped(id);
    expect(await outboxSize()).toBe(0);
  });
});
