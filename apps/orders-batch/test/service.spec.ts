import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { startOtlpReceiver, type OtlpReceiver } from '@span-links/otlp/receiver';
import { TcpProxy, type AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startService } from './batch-app.ts';
import { OrdersTable, plainOrders } from './orders.ts';

let receiver: OtlpReceiver;
let table: OrdersTable;
let service: AppUnderTest;

beforeAll(async () => {
  receiver = await startOtlpReceiver();
});
beforeEach(async () => {
  table = new OrdersTable(await newTestDatabaseUrl());
});
afterEach(async () => {
  await service.stop();
  receiver.clear();
  await table.close();
});
afterAll(() => receiver.close());

async function start(env: Record<string, string> = {}): Promise<string> {
  service = startService({ DATABASE_URL: table.url, OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url, ...env });
  return service.ready();
}
type Json = Record<string, unknown>;
const get = async (url: string) => {
  const response = await fetch(url);
  return { status: response.status, body: (await response.json()) as Json };
};
const finishedRun = async (url: string, id: string) => {
  for (;;) {
    const { body } = await get(`${url}/runs/${id}`);
    if (body['outcome'] !== 'running') return body;
    await sleep(20);
  }
};

describe('the HTTP face of orders-batch', () => {
  it('names the span of a request on its response', async () => {
    const response = await fetch(`${await start()}/runs`);
    const [, traceId, spanId] = response.headers.get('traceresponse')?.split('-') ?? [];
    const spans = await receiver.waitForSpans((all) => all.some((span) => span.spanId === spanId));
    expect(spans.find((span) => span.spanId === spanId)).toMatchObject({ traceId, parentSpanId: undefined });
    expect(response.headers.get('server-timing')).toBe(`traceparent;desc="00-${traceId}-${spanId}-01"`);
  });

  it('starts no run for a name that leads here from elsewhere, and shows none', async () => {
    const url = await start();
    for (const method of ['POST', 'GET']) {
      const asked = request(`${url}/runs`, { method, headers: { host: 'rebound.example:3001' } }).end();
      const [answer] = (await once(asked, 'response')) as [IncomingMessage];
      answer.resume();
      expect([method, answer.statusCode]).toEqual([method, 421]);
    }
    expect((await get(`${url}/runs`)).body['runs']).toEqual([]);
  });

  it('says that it is unknown whether a run began, if the connection breaks after it was written', async () => {
    const { hostname: host, port } = new URL(table.url);
    const proxy = await TcpProxy.start({ host, port: Number(port) });
    try {
      const url = await start({ DATABASE_URL: proxy.urlOf(table.url) });
      const cut = proxy.cutBeforeAnswer('INSERT 0 1');
      const response = await fetch(`${url}/runs`, { method: 'POST' });
      await cut;
      const body = (await response.json()) as Json;
      expect({ status: response.status, outcome: body['outcome'] }).toEqual({
        status: 503,
        outcome: 'unknown',
      });
      expect(body['detail']).toMatch(/unknown whether the run began\. Start another/);
      expect((await get(`${url}/runs`)).body['runs']).toHaveLength(1);
      expect((await fetch(`${url}/runs`, { method: 'POST' })).status).toBe(202);
    } finally {
      await proxy.close();
    }
  });

  it('starts a run on request, and shows it with its batches', async () => {
    await table.insert(plainOrders(25));
    const url = await start({ BATCH_SIZE: '10' });
    const response = await fetch(`${url}/runs`, { method: 'POST' });
    const { id } = (await response.json()) as { id: string };
    expect(response.status).toBe(202);
    expect(response.headers.get('location')).toBe(`/runs/${id}`);
    const run = await finishedRun(url, id);
    expect(run).toMatchObject({
      trigger: 'http',
      outcome: 'completed',
      batches: 3,
      orders: 25,
      links: 25,
      reconciled: 25,
    });
    const batches = run['batchPage'] as Json[];
    expect(batches.map((batch) => batch['size'])).toEqual([10, 10, 5]);
    const spans = await receiver.waitForSpans(
      (all) => all.filter((span) => span.name === 'process-batch').length === 3,
    );
    const traces = spans.filter((span) => span.name === 'process-batch').map((span) => span.traceId);
    expect(batches.map((batch) => batch['traceId']).sort()).toEqual(traces.sort());
    // The request that started the run is not the parent of its spans.
    const request = spans.find((span) => span.name === 'POST /runs');
    if (request) expect(traces).not.toContain(request.traceId);
  });

  it('shows a requested run even if nothing was pending', async () => {
    const url = await start();
    const response = await fetch(`${url}/runs`, { method: 'POST' });
    const { id } = (await response.json()) as { id: string };
    expect(await finishedRun(url, id)).toMatchObject({ outcome: 'completed', batches: 0, orders: 0 });
  });

  it('joins the running run', async () => {
    await table.insert(plainOrders(3_000));
    const url = await start({ BATCH_SIZE: '10' });
    const ids = await Promise.all(
      [1, 2, 3].map(
        async () => ((await (await fetch(`${url}/runs`, { method: 'POST' })).json()) as { id: string }).id,
      ),
    );
    expect(new Set(ids).size).toBe(1);
  });

  it('lists runs newest first in pages', async () => {
    const url = await start();
    const ids: unknown[] = [];
    for (let i = 0; i < 3; i++) {
      const { id } = (await (await fetch(`${url}/runs`, { method: 'POST' })).json()) as { id: string };
      await finishedRun(url, id);
      ids.unshift(id);
    }
    const first = await get(`${url}/runs?limit=2`);
    const second = await get(`${url}/runs?limit=2&cursor=${String(first.body['nextCursor'])}`);
    const listed = [...(first.body['runs'] as Json[]), ...(second.body['runs'] as Json[])].map(
      (run) => run['id'],
    );
    expect(listed).toEqual(ids);
    expect(second.body['nextCursor']).toBeNull();
  });

  it.each([
    ['/runs/01900000-0000-7000-8000-000000000000', 404],
    ['/runs/nothing', 404],
    ['/runs?limit=0', 400],
    ['/runs?cursor=x', 400],
  ])('answers %s with a problem of status %i', async (path, status) => {
    const url = await start();
    const response = await fetch(url + path);
    expect(response.status).toBe(status);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
  });

  it('is live, ready and described', async () => {
    const url = await start();
    expect((await get(`${url}/health/live`)).status).toBe(200);
    expect((await get(`${url}/health/ready`)).status).toBe(200);
    expect(Object.keys((await get(`${url}/docs-json`)).body['paths'] as object)).toContain('/runs/{id}');
  });
});

describe('the clock of orders-batch', () => {
  it('reconciles the orders since the last tick, and is silent if there are none', async () => {
    const url = await start({ BATCH_CRON: '* * * * * *' });
    await sleep(2_200);
    expect((await get(`${url}/runs`)).body['runs']).toEqual([]);
    expect(service.output).not.toMatch(/process-batch|run broke/);
    expect(receiver.spans()).toEqual([]);
    await table.insert(plainOrders(5));
    const spans = await receiver.waitForSpans((all) => all.some((span) => span.name === 'process-batch'));
    const batch = spans.find((span) => span.name === 'process-batch');
    expect(batch?.parentSpanId).toBeUndefined();
    expect(batch?.links).toHaveLength(5);
    expect((await get(`${url}/runs`)).body['runs']).toMatchObject([{ trigger: 'cron', orders: 5 }]);
    expect(service.output).toMatch(new RegExp(`process-batch  size 5  links 5  trace ${batch?.traceId}`));
  });

  it('ends the start with one sentence if the cron expression is wrong', async () => {
    await expect(start({ BATCH_CRON: 'every now and then', BATCH_SIZE: '0' })).rejects.toThrow(
      /BATCH_CRON is .*; it must be a cron expression[^]*BATCH_SIZE is .*; it must be a whole number from 1 to 10000/,
    );
  });
});
