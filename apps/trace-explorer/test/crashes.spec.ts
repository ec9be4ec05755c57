import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import type { LinkPage, TraceView } from '@span-links/explorer-api';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { getJson, postJson, requestOf, spanIdOf, spanOf, traceIdOf } from './otlp-json.ts';

// Acknowledged data must survive a kill of the database too, so the database writes to the disk as
// usual.
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

let server: TestPostgresServer;
let databases = 0;
const apps: AppUnderTest[] = [];
beforeAll(async () => {
  server = await startPostgresServer({ settings: DURABLE });
});
afterEach(async () => {
  await Promise.all(apps.splice(0).map((app) => app.stop('SIGKILL')));
});
afterAll(() => server.destroy());

async function start(databaseUrl: string, env: Record<string, string> = {}) {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    env: { EXPLORER_PORT: '0', EXPLORER_DATABASE_URL: databaseUrl, ...env },
  });
  apps.push(app);
  return { app, url: await app.ready() };
}

const newDatabase = () => server.createDatabase(`explorer_${databases++}`);

/** Sends batches of 50 links each until it is stopped. @returns the acknowledged traces. */
function load(url: string) {
  const acknowledged: number[] = [];
  const statuses = new Set<number>();
  let isOn = true;
  const lane = async (first: number) => {
    for (let n = first; isOn; n += 4) {
      const links = Array.from({ length: 50 }, (_, l) => ({
        traceId: traceIdOf(n + 1),
        spanId: spanIdOf(l + 2),
      }));
      const sources = links.map(({ traceId, spanId }) => spanOf(traceId, spanId));
      const spans = [spanOf(traceIdOf(n + 1), spanIdOf(1), { links, name: 'process-batch' }), ...sources];
      try {
        const { status } = await postJson(url, requestOf(spans));
        statuses.add(status);
        if (status === 200) acknowledged.push(n + 1);
        else await sleep(20);
      } catch {
        // The connection was cut, so the result of this request is unknown.
        await sleep(20);
      }
    }
  };
  const lanes = Promise.all([0, 1, 2, 3].map(lane));
  const stop = async () => {
    isOn = false;
    await lanes;
    return acknowledged;
  };
  return { acknowledged, statuses, stop };
}

async function expectStored(url: string, traces: readonly number[]) {
  for (const n of traces) {
    const view = await getJson<TraceView>(url, `/api/v1/traces/${traceIdOf(n)}`);
    expect(view.summary).toMatchObject({ spanCount: 51, linkCount: 50, backlinkCount: 50 });
    const path = `/api/v1/traces/${traceIdOf(n)}/spans/${spanIdOf(1)}/links`;
    expect((await getJson<LinkPage>(url, path)).rollUp).toMatchObject({ total: 50, resolved: 50 });
  }
}

describe('acknowledged spans and their links', () => {
  it('survive a kill of the explorer in mid-stream, and an orderly restart', async () => {
    const database = await newDatabase();
    const first = await start(database);
    const sender = load(first.url);
    await expect.poll(() => sender.acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(30);
    await first.app.stop('SIGKILL');
    const acknowledged = await sender.stop();
    const second = await start(database);
    await expectStored(second.url, acknowledged);
    expect(await second.app.stop()).toEqual({ code: 0, signal: null });
    const third = await start(database);
    await expectStored(third.url, acknowledged.slice(-5));
  });

  it('survive a kill of the database under load; the explorer answers 503 and later 200 without a restart', async () => {
    const database = await newDatabase();
    const { url, app } = await start(database);
    const sender = load(url);
    await expect.poll(() => sender.acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(10);
    await server.kill();
    await expect.poll(() => sender.statuses.has(503), { timeout: 30_000 }).toBe(true);
    const refused = await postJson(url, requestOf([spanOf(traceIdOf(1), spanIdOf(1))]));
    expect([refused.status, Number(refused.headers.get('retry-after')) > 0]).toEqual([503, true]);
    const asked = await fetch(`${url}/api/v1/traces`);
    expect([asked.status, asked.headers.get('content-type')]).toEqual([503, 'application/problem+json']);
    expect((await fetch(`${url}/health/live`)).status).toBe(200);
    expect((await fetch(`${url}/health/ready`)).status).toBe(503);
    const before = sender.acknowledged.length;
    await server.start();
    await expect.poll(() => sender.acknowledged.length, { timeout: 30_000 }).toBeGreaterThan(before + 10);
    const acknowledged = await sender.stop();
    expect(sender.statuses.has(500)).toBe(false);
    await expectStored(url, acknowledged);
    expect(await app.stop()).toEqual({ code: 0, signal: null });
  });
});

describe('an orderly stop', () => {
  it('stores current requests, ends event streams, and exits with 0 at once', async () => {
    const database = await newDatabase();
    const { url, app } = await start(database);
    const stream = await fetch(`${url}/api/v1/live`);
    const sender = load(url);
    const reader = stream.body!.getReader() as ReadableStreamDefaultReader<Uint8Array>;
    for (let text = ''; !text.includes('event: traces');) {
      text += new TextDecoder().decode((await reader.read()).value);
    }
    expect(await app.stop()).toEqual({ code: 0, signal: null });
    // Ended, not cut: reading to the end does not fail.
    while (!(await reader.read()).done);
    expect(app.output).not.toMatch(/did not stop in time|ERROR/);
    const again = await start(database);
    await expectStored(again.url, await sender.stop());
  });
});

describe('the start', () => {
  it('prints the addresses of OTLP and of the page', async () => {
    const { url, app } = await start(await newDatabase());
    const [grpcAddress] = /(?<=OTLP\/gRPC to )http:\/\/127\.0\.0\.1:[1-9]\d*(?=,)/.exec(app.output) ?? [];
    expect(app.output).toContain(
      `OTLP/HTTP goes to ${url}/v1/traces, OTLP/gRPC to ${grpcAddress}, the page is at ${url}, the API at ${url}/docs\n`,
    );
  });

  it.each([
    ['EXPLORER_PORT', 'x', 'EXPLORER_PORT is "x"; it must be a whole number from 0 to 65535.'],
    ['EXPLORER_TOKEN', 'short', 'EXPLORER_TOKEN'],
    ['EXPLORER_CORS_ORIGINS', 'https://a.example/path', 'EXPLORER_CORS_ORIGINS'],
    ['EXPLORER_DATABASE_URL', 'mysql://x', 'EXPLORER_DATABASE_URL'],
  ])('ends in one sentence if %s is %s', async (name, value, sentence) => {
    const app = new AppUnderTest({
      main: new URL('../dist/main.js', import.meta.url),
      env: { [name]: value },
    });
    expect((await app.exit).code).toBe(1);
    expect(app.output).toContain(sentence);
    expect(app.output.trim().split('\n')).toHaveLength(1);
  });
});
