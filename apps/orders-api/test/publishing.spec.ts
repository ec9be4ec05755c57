import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { startOtlpReceiver, STATUS_CODE, type OtlpReceiver } from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { itemOf, Shop } from './shop.ts';

let receiver: OtlpReceiver;
let shop: Shop;
let app: AppUnderTest;
let url: string;

const start = async (env: Record<string, string> = {}) => {
  app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    instrumentation: new URL('../dist/instrumentation.js', import.meta.url),
    env: {
      DATABASE_URL: shop.url,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      ...env,
    },
  });
  url = await app.ready();
};
const send = async (headers: Record<string, string> = {}, customerId = 'me') => {
  const answer = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ customerId, currency: 'EUR', items: [itemOf('A')] }),
  });
  const { id, traceId } = (await answer.json()) as { id: string; traceId: string };
  return { status: answer.status, id, traceId };
};
interface OutboxRow {
  readonly id: string;
  readonly destination: string;
  readonly key: string;
  readonly body: unknown;
  readonly headers: { readonly traceparent?: string };
}
const outbox = () => shop.query<OutboxRow>('SELECT * FROM messaging_outbox ORDER BY id');
const orderIds = async () =>
  (await shop.query<{ id: string }>('SELECT id FROM orders ORDER BY id')).map(({ id }) => id);
const spansOf = (traceId: string, until: string) =>
  receiver
    .waitForSpans((all) => all.some((span) => span.traceId === traceId && span.name === until))
    .then((all) => all.filter((span) => span.traceId === traceId));

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  shop = new Shop(await newTestDatabaseUrl());
});
afterEach(async () => {
  await app.stop();
  receiver.clear();
  await shop.query('TRUNCATE orders, messaging_outbox');
});
afterAll(async () => {
  await shop.close();
  await receiver.close();
});

describe('a received order', () => {
  it('is published in the statement that stores it, with the context of its send span', async () => {
    await start();
    const { id, traceId } = await send();
    const spans = await spansOf(traceId, 'POST /orders');
    const sent = spans.find((span) => span.name === 'send orders');
    const received = spans.find((span) => span.name === 'receive-order');
    expect(sent?.parentSpanId).toBe(received?.spanId);
    const traceparent = `00-${traceId}-${sent?.spanId}-01`;
    expect(await outbox()).toMatchObject([
      { id, destination: 'orders', key: id, body: { orderId: id }, headers: { traceparent } },
    ]);
    const [row] = await shop.query('SELECT trace_context, message_context FROM orders');
    expect(row).toMatchObject({
      trace_context: { traceparent: `00-${traceId}-${received?.spanId}-01` },
      message_context: { traceparent },
    });
    // One statement, so one commit.
    const queries = spans.filter((span) => span.name.startsWith('pg.query'));
    expect(queries).toHaveLength(1);
    expect(queries[0]?.parentSpanId).toBe(spans.find((span) => span.name === 'persist-order')?.spanId);
  });

  it.each([
    ['its message', 'messaging_outbox', "NEW.body ->> 'orderId' IS NOT NULL"],
    ['its own row', 'orders', "NEW.customer_id = 'unlucky'"],
  ])('leaves neither row nor message if %s cannot be written', async (_, table, condition) => {
    await shop.query(`
      CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'refused by a test'; END $$`);
    await shop.query(
      `CREATE TRIGGER refuse AFTER INSERT ON ${table} FOR EACH ROW WHEN (${condition}) EXECUTE FUNCTION refuse()`,
    );
    await start();
    const { status } = await send({}, 'unlucky');
    await shop.query('DROP FUNCTION refuse CASCADE');
    expect(status).toBe(500);
    expect([await orderIds(), await outbox()]).toEqual([[], []]);
    const spans = await receiver.waitForSpans((all) => all.some((span) => span.name === 'POST /orders'));
    for (const name of ['receive-order', 'send orders', 'persist-order']) {
      expect(spans.find((span) => span.name === name)?.status.code).toBe(STATUS_CODE.error);
    }
  });

  it('is published once if its request is repeated under its key', async () => {
    await start();
    const key = { 'idempotency-key': 'once' };
    const first = await send(key);
    const again = await send(key);
    expect(again).toMatchObject({ status: 201, id: first.id });
    expect((await outbox()).map(({ id }) => id)).toEqual([first.id]);
    const spans = await spansOf(again.traceId, 'receive-order');
    expect(again.traceId).toBe(first.traceId);
    expect(spans.filter((span) => span.name === 'send orders')).toHaveLength(1);
    const repeated = await receiver.waitForSpans(
      (all) => all.filter((span) => span.name === 'receive-order').length === 2,
    );
    expect(repeated.filter((span) => span.name === 'send orders')).toHaveLength(1);
  });

  it('is published once if the same key arrives many times at once', async () => {
    await start();
    const answers = await Promise.all(
      Array.from({ length: 20 }, () => send({ 'idempotency-key': 'all at once' })),
    );
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect((await outbox()).map(({ id }) => id)).toEqual([answers[0]?.id]);
  });

  it('waits in the outbox for any name of a transport, because this process connects to none', async () => {
    await start({ MESSAGING_TRANSPORT: 'pigeons', KAFKA_BROKERS: '127.0.0.1:9' });
    const { id, status, traceId } = await send();
    expect(status).toBe(201);
    expect((await outbox()).map((row) => row.id)).toEqual([id]);
    const spans = await spansOf(traceId, 'send orders');
    const sent = spans.find((span) => span.name === 'send orders');
    expect(sent?.attributes['messaging.system']).toBe('pigeons');
  });

  it('is published without a trace context if there is no SDK', async () => {
    await start({ OTEL_SDK_DISABLED: 'true' });
    const { id } = await send();
    expect(await outbox()).toMatchObject([{ id, headers: {} }]);
  });

  it('is stored and not published if publishing is switched off', async () => {
    await start({ PUBLISH_ORDERS: 'false' });
    const { id, traceId } = await send();
    expect([await orderIds(), await outbox()]).toEqual([[id], []]);
    const spans = await spansOf(traceId, 'POST /orders');
    expect(spans.map(({ name }) => name)).not.toContain('send orders');
  });
});
