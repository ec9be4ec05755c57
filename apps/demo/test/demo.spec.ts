import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LinkPage, SpanDetail, SpanSummary, TracePage, TraceView } from '@span-links/explorer-api';
import { startOtlpReceiver } from '@span-links/otlp/receiver';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { printed } from './printed.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'demo-spec-'));
  // As root, Postgres runs as another user, which needs to reach its data.
  await chmod(folder, 0o755);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const startDemo = (env: Record<string, string> = {}) =>
  new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    env: {
      EMBEDDED_POSTGRES_DIR: join(folder, 'postgres'),
      ORDERS_API_PORT: '0',
      ORDERS_BATCH_PORT: '0',
      ORDERS_FULFILMENT_PORT: '0',
      EXPLORER_PORT: '0',
      ...env,
    },
  });
/** Processes that have this test's folder in their command line, or were started by the demo. */
const leftBehind = () =>
  execFileSync('ps', ['-eo', 'pid,args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(folder));

/** Waits until the explorer has the span of this name, with every link of its resolved. */
async function stored(url: string, traceId: string, name: string): Promise<SpanSummary> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    const answer = await fetch(`${url}/api/v1/traces/${traceId}`);
    const view = answer.ok ? ((await answer.json()) as TraceView) : undefined;
    const span = view?.spans.find((candidate) => candidate.name === name);
    if (span && (await linksOf(url, span, 'out')).links.every(({ other }) => other.resolved)) return span;
    await sleep(100);
  }
  throw new Error(`${name} of trace ${traceId} did not arrive with all it links to`);
}

/** Waits until the explorer has a trace that a query finds. */
async function firstTraceOf(url: string, query: string): Promise<string> {
  for (let waited = 0; waited < 20_000; waited += 100) {
    const answer = await fetch(`${url}/api/v1/traces?limit=1&q=${encodeURIComponent(query)}`);
    const [found] = ((await answer.json()) as TracePage).traces;
    if (found) return found.traceId;
    await sleep(100);
  }
  throw new Error(`no trace with ${query} arrived`);
}

async function attributeOf(url: string, { traceId, spanId }: SpanSummary, key: string): Promise<string> {
  const answer = await fetch(`${url}/api/v1/traces/${traceId}/spans/${spanId}`);
  const found = ((await answer.json()) as SpanDetail).attributes.find((attribute) => attribute.key === key);
  return found?.type === 'string' ? found.value : '';
}

async function trailOf(ordersApi: string, orderId: string) {
  const answer = await fetch(`${ordersApi}/orders/${orderId}/trace`);
  return (await answer.json()) as { traces: { kind: string; traceId: string; url: string }[] };
}

async function linksOf(
  url: string,
  span: { traceId: string; spanId: string },
  direction: string,
): Promise<LinkPage> {
  const path = `/api/v1/traces/${span.traceId}/spans/${span.spanId}/links?direction=${direction}`;
  const answer = await fetch(url + path);
  return (await answer.json()) as LinkPage;
}

describe('npm start', () => {
  it.each(['SIGINT', 'SIGTERM'] as const)(
    'shows orders coming in and batches linking to all of them, and leaves nothing behind on %s',
    async (signal) => {
      const receiver = await startOtlpReceiver();
      const demo = startDemo({
        OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
        BATCH_CRON: '* * * * * *',
        TRAFFIC_ORDERS_PER_SECOND: '20',
      });
      const [, size, traceId] = await printed(
        demo,
        /process-batch {2}size (\d+) {2}links \1 {2}trace ([0-9a-f]{32})/,
      );
      await printed(demo, /orders-api +http:\/\/127\.0\.0\.1:\d+\/docs/);
      expect(await demo.stop(signal)).toEqual({ code: 0, signal: null });
      expect(demo.output).toMatch(/stopped: \d+ orders received/);
      expect(leftBehind()).toEqual([]);

      const spans = receiver.spans();
      const batch = spans.find((span) => span.traceId === traceId && span.name === 'process-batch');
      expect(batch?.links).toHaveLength(Number(size));
      const sources = new Set(
        spans.filter((span) => span.name === 'receive-order').map((span) => span.traceId + span.spanId),
      );
      const targets = spans
        .filter((span) => span.name === 'process-batch')
        .flatMap((span) => span.links.map((link) => link.traceId + link.spanId));
      expect(targets.filter((target) => !sources.has(target))).toEqual([]);
      await receiver.close();
    },
    60_000,
  );

  it('starts the explorer, which shows a batch with its links and each of its sources', async () => {
    const demo = startDemo({ BATCH_CRON: '* * * * * *', TRAFFIC_ORDERS_PER_SECOND: '20' });
    const [, url = ''] = await printed(demo, /traces +see them at (http:\/\/127\.0\.0\.1:\d+)/);
    const [, size, traceId] = await printed(demo, /process-batch {2}size (\d+) .* trace ([0-9a-f]{32})/);
    const batch = await stored(url, String(traceId), 'process-batch');
    const links = await linksOf(url, batch, 'out');
    expect(links.completeness).toMatchObject({
      expected: Number(size),
      kept: Number(size),
      verdict: 'complete',
    });
    const [first] = links.links;
    expect(first?.other).toMatchObject({ resolved: true, name: 'receive-order', service: 'orders-api' });
    const back = await linksOf(url, first!, 'in');
    // An order that was fanned out is also linked to by its fan-out.
    expect(back.links.map(({ traceId, spanId }) => ({ traceId, spanId }))).toContainEqual({
      traceId: batch.traceId,
      spanId: batch.spanId,
    });
    await demo.stop();
    expect(leftBehind()).toEqual([]);
  }, 60_000);

  it('shows everything about an order whose payment was refused: branches, join, and compensation', async () => {
    const demo = startDemo({ BATCH_CRON: '* * * * * *', TRAFFIC_ORDERS_PER_SECOND: '10' });
    const [, url = ''] = await printed(demo, /traces +see them at (http:\/\/127\.0\.0\.1:\d+)/);
    const [, ordersApi = ''] = await printed(demo, /orders-api +(http:\/\/127\.0\.0\.1:\d+)\/docs/);
    const undoing = await firstTraceOf(url, 'name=release-stock');
    const release = await stored(url, undoing, 'release-stock');
    const [undone] = (await linksOf(url, release, 'out')).links;
    expect(undone?.other).toMatchObject({ resolved: true, name: 'reserve-stock' });
    const orderId = await attributeOf(url, release, 'order.id');
    const trail = await trailOf(ordersApi, orderId);
    const kinds = new Set(trail.traces.map(({ kind }) => kind));
    for (const kind of [
      'receive-order',
      'fan-out-order',
      'reserve-stock',
      'complete-fan-out',
      'release-stock',
    ]) {
      expect(kinds).toContain(kind);
    }
    for (const { url: address, traceId } of trail.traces) {
      expect(address).toContain(`${url}/trace/${traceId}`);
    }
    const join = trail.traces.find(({ kind }) => kind === 'complete-fan-out');
    const joined = await stored(url, join?.traceId ?? '', 'complete-fan-out');
    expect((await linksOf(url, joined, 'out')).rollUp).toMatchObject({ total: 4, resolved: 4 });
    expect(await demo.stop()).toEqual({ code: 0, signal: null });
  }, 60_000);

  it('says that traces go elsewhere, and runs no explorer', async () => {
    const demo = startDemo({
      OTEL_EXPORTER_OTLP_ENDPOINT: 'http://me:secret@127.0.0.1:9',
      TRAFFIC_ORDERS_PER_SECOND: '0',
    });
    await printed(demo, /traces +go to http:\/\/127\.0\.0\.1:9, as the environment says/);
    await demo.stop();
    expect(demo.output).not.toContain('secret');
    expect(demo.output).not.toContain('trace-explorer');
  }, 60_000);

  it('keeps pending orders for the next start', async () => {
    const first = startDemo({
      BATCH_CRON: '0 0 1 1 *',
      TRAFFIC_ORDERS_PER_SECOND: '50',
      OTEL_SDK_DISABLED: 'true',
    });
    await printed(first, /Ctrl-C stops everything/);
    await sleep(1_000);
    await first.stop();
    const received = Number(/stopped: (\d+) orders received/.exec(first.output)?.[1]);
    expect(received).toBeGreaterThan(0);
    const second = startDemo({
      BATCH_CRON: '* * * * * *',
      TRAFFIC_ORDERS_PER_SECOND: '0',
      OTEL_SDK_DISABLED: 'true',
    });
    await printed(second, new RegExp(`process-batch {2}size ${received} `));
    await second.stop();
  }, 60_000);

  it('ends with one sentence if a port is taken', async () => {
    const squatter = createServer().listen(0, '127.0.0.1');
    await once(squatter, 'listening');
    const { port } = squatter.address() as AddressInfo;
    const demo = startDemo({ ORDERS_API_PORT: String(port) });
    expect((await demo.exit).code).toBe(1);
    expect(demo.output).toMatch(new RegExp(`port ${port} is taken`));
    expect(demo.output).not.toMatch(/^\s+at /m);
    expect(leftBehind()).toEqual([]);
    squatter.close();
  }, 60_000);

  it('ends with one sentence if a setting is wrong', async () => {
    const demo = startDemo({ BATCH_CRON: 'often', TRAFFIC_ORDERS_PER_SECOND: 'many' });
    expect((await demo.exit).code).toBe(1);
    expect(demo.output).toMatch(/BATCH_CRON is "?often"?; it must be/);
    expect(demo.output).toMatch(/TRAFFIC_ORDERS_PER_SECOND is "?many"?; it must be a number from 0 to 100/);
  });

  it('ends all processes if an app dies', async () => {
    const demo = startDemo();
    await printed(demo, /Ctrl-C stops everything/);
    const children = execFileSync('ps', ['-eo', 'pid,ppid,args'], { encoding: 'utf8' })
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .filter(
        ([, parent, , ...args]) => Number(parent) === demo.pid && args.join(' ').includes('orders-batch'),
      );
    expect(children).toHaveLength(1);
    process.kill(Number(children[0]?.[0]), 'SIGKILL');
    expect((await demo.exit).code).toBe(1);
    expect(demo.output).toContain('orders-batch ended by itself (SIGKILL)');
    expect(leftBehind()).toEqual([]);
  }, 60_000);
});
