import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import {
  SPAN_KIND,
  startOtlpReceiver,
  STATUS_CODE,
  type OtlpReceiver,
  type ReceivedSpan,
} from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const dist = (file: string) => new URL(`../dist/${file}`, import.meta.url);

let receiver: OtlpReceiver;
let database: pg.Client;
let databaseUrl: string;
const apps: AppUnderTest[] = [];

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  databaseUrl = await newTestDatabaseUrl();
  database = new pg.Client(databaseUrl);
  await database.connect();
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop()));
  receiver.clear();
});
afterAll(async () => {
  await database.end();
  await receiver.close();
});

async function startApi(env: Record<string, string> = {}) {
  const app = new AppUnderTest({
    main: dist('main.js'),
    instrumentation: dist('instrumentation.js'),
    env: {
      DATABASE_URL: databaseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '100',
      ...env,
    },
  });
  apps.push(app);
  return { app, url: await app.ready() };
}

const validOrder = {
  customerId: 'c',
  currency: 'EUR',
  items: [{ sku: 'A', quantity: 1, unitPriceCents: 100 }],
};
// A busy machine may answer 503 to a request that waited for a connection.
const postUntilAccepted = async (url: string) => {
  for (;;) {
    const answer = await post(url);
    if (answer.id !== undefined) return answer;
  }
};
const post = async (url: string, headers: Record<string, string> = {}, body: unknown = validOrder) => {
  const response = await fetch(`${url}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });
  return (await response.json()) as { id: string; traceId: string };
};
const storedCarrier = async (id: string) => {
  const { rows } = await database.query<{ trace_context: { traceparent: string; tracestate?: string } }>(
    'SELECT trace_context FROM orders WHERE id = $1',
    [id],
  );
  return rows[0]?.trace_context;
};
const named = (spans: readonly ReceivedSpan[], name: string | RegExp) =>
  spans.filter((span) => (typeof name === 'string' ? span.name === name : name.test(span.name)));
/** The request's span ends last. */
const requests = (count: number) => (spans: readonly ReceivedSpan[]) =>
  named(spans, 'POST /orders').length >= count;

describe('the trace of a received order', () => {
  it('reads POST /orders → receive-order → validate, send orders, persist-order → its statement, and nothing else', async () => {
    const { url } = await startApi();
    const { id, traceId } = await post(url);
    const spans = (await receiver.waitForSpans(requests(1))).filter((span) => span.traceId === traceId);

    const tree = (parent: string | undefined): unknown[] =>
      spans
        .filter((span) => span.parentSpanId === parent)
        // By name, because all may start within the same millisecond, the precision of the SDK.
        .sort((a, b) => (a.name < b.name ? -1 : 1))
        .map((span) => [
          span.name.replace(/^pg.query:insert-order-and-message .*/, 'the statement'),
          ...tree(span.spanId),
        ]);
    expect(tree(undefined)).toEqual([
      [
        'POST /orders',
        ['receive-order', ['persist-order', ['the statement']], ['send orders'], ['validate']],
      ],
    ]);
    const [request] = named(spans, 'POST /orders');
    expect(request).toMatchObject({ kind: SPAN_KIND.server, serviceName: 'orders-api' });
    expect(request?.attributes).toMatchObject({ 'http.route': '/orders', 'http.response.status_code': 201 });
    expect(named(spans, 'receive-order')[0]?.attributes['order.id']).toBe(id);
  });

  it('stores the carrier of receive-order itself, and of the right request among 200 at once', async () => {
    const { url } = await startApi();
    const created = await Promise.all(Array.from({ length: 200 }, () => postUntilAccepted(url)));
    const spans = await receiver.waitForSpans(requests(200), { timeoutMs: 15_000 });
    const sources = new Map(named(spans, 'receive-order').map((span) => [span.attributes['order.id'], span]));
    expect(new Set(created.map(({ traceId }) => traceId)).size).toBe(200);
    for (const { id, traceId } of created) {
      const source = sources.get(id);
      expect(await storedCarrier(id)).toEqual({ traceparent: `00-${source?.traceId}-${source?.spanId}-01` });
      expect(traceId).toBe(source?.traceId);
    }
  });

  it('continues the trace of the caller, tracestate included, and stores no baggage', async () => {
    const { url } = await startApi();
    const { id, traceId } = await post(url, {
      traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
      tracestate: 'vendor=1,other=2',
      baggage: 'customer.email=a%40b.example',
    });
    expect(traceId).toBe('0af7651916cd43dd8448eb211c80319c');
    const [request] = named(await receiver.waitForSpans(requests(1)), 'POST /orders');
    expect(request?.parentSpanId).toBe('b7ad6b7169203331');
    const carrier = await storedCarrier(id);
    expect(Object.keys(carrier ?? {}).sort()).toEqual(['traceparent', 'tracestate']);
    expect(carrier?.tracestate).toBe('vendor=1,other=2');
  });

  it('stores the carrier even if the request is not sampled', async () => {
    const { url } = await startApi({ OTEL_TRACES_SAMPLER: 'parentbased_always_off' });
    const { id, traceId } = await post(url);
    const carrier = await storedCarrier(id);
    expect(carrier?.traceparent).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
    await apps.splice(0)[0]?.stop();
    expect(receiver.spans()).toEqual([]);
  });

  it('links a repeated request to the first one', async () => {
    const { url } = await startApi();
    const first = await post(url, { 'idempotency-key': 'again' });
    const again = await post(url, { 'idempotency-key': 'again' });
    expect(again).toEqual(first);
    const spans = await receiver.waitForSpans(requests(2));
    const repeated = named(spans, 'receive-order').find((span) => span.traceId !== first.traceId);
    expect(repeated?.links.map((link) => link.traceId)).toEqual([first.traceId]);
  });

  it('has the error on receive-order and validate if the order is wrong', async () => {
    const { url } = await startApi();
    await post(url, {}, { customerId: '' });
    const spans = await receiver.waitForSpans(requests(1));
    for (const name of ['receive-order', 'validate']) {
      const [span] = named(spans, name);
      expect(span?.status.code).toBe(STATUS_CODE.error);
      expect(span?.events.map((event) => event.attributes['exception.type'])).toEqual(['InvalidOrderError']);
    }
    expect(named(spans, 'persist-order')).toEqual([]);
  });

  it('makes no span for health checks', async () => {
    const { url } = await startApi();
    await fetch(`${url}/health/live`);
    await fetch(`${url}/health/ready`);
    await post(url);
    await receiver.waitForSpans(requests(1));
    expect(named(receiver.spans(), /health|SELECT|connect/)).toEqual([]);
  });
});

describe('the end of the process', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'flushes the spans of the last request on %s and exits with 0',
    async (signal) => {
      const { app, url } = await startApi({ OTEL_BSP_SCHEDULE_DELAY: '60000' });
      await post(url);
      apps.splice(0);
      expect(await app.stop(signal)).toEqual({ code: 0, signal: null });
      expect(named(receiver.spans(), 'receive-order')).toHaveLength(1);
    },
  );

  it('is quick and clean even if the trace backend is dead or hangs', async () => {
    for (const trouble of ['dead', 'hanging']) {
      receiver.respondWith('hang');
      const endpoint = trouble === 'dead' ? 'http://127.0.0.1:9' : receiver.url;
      const { app, url } = await startApi({ OTEL_EXPORTER_OTLP_ENDPOINT: endpoint });
      for (let i = 0; i < 20; i++) expect((await post(url)).id).toBeDefined();
      apps.splice(0);
      expect(await app.stop()).toEqual({ code: 0, signal: null });
      receiver.respondWith('ok');
    }
  });

  it('works without the SDK, and then stores no carrier', async () => {
    const { url } = await startApi({ OTEL_SDK_DISABLED: 'true' });
    const { id, traceId } = await post(url);
    expect(traceId).toBeNull();
    expect(await storedCarrier(id)).toBeNull();
  });

  it('shows and accepts orders only under names of this machine', async () => {
    const { url } = await startApi();
    for (const [method, host] of [
      ['GET', 'rebound.example:3000'],
      ['POST', 'rebound.example:3000'],
    ] as const) {
      const asked = request(`${url}/orders`, { method, headers: { host } }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      expect([method, answer.statusCode]).toEqual([method, 421]);
    }
    expect((await fetch(`${url}/orders`)).status).toBe(200);
  });

  it('says in one sentence that the port is taken, or that a setting is wrong', async () => {
    const { url } = await startApi();
    const second = new AppUnderTest({
      main: dist('main.js'),
      env: { DATABASE_URL: databaseUrl, PORT: new URL(url).port },
    });
    expect((await second.exit).code).toBe(1);
    expect(second.output).toMatch(/port \d+ is taken/);
    const wrong = new AppUnderTest({
      main: dist('main.js'),
      env: { DATABASE_URL: 'mysql://x', PORT: 'many' },
    });
    expect((await wrong.exit).code).toBe(1);
    expect(wrong.output).toMatch(/PORT is "?many"?; it must be/);
    expect(wrong.output).toMatch(/DATABASE_URL is .*; it must be/);
  });
});
