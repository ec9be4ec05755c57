import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';

let postgres: TestPostgresServer;
let databaseUrl: string;
const running: AppUnderTest[] = [];
beforeAll(async () => {
  postgres = await startPostgresServer();
  databaseUrl = await postgres.createDatabase('traffic');
});
afterEach(async () => {
  await Promise.all(running.splice(0).map((app) => app.stop()));
});
afterAll(() => postgres.destroy());

function start(main: URL, env: Record<string, string>): AppUnderTest {
  const app = new AppUnderTest({ main, env });
  running.push(app);
  return app;
}
const startTraffic = (env: Record<string, string>) =>
  start(new URL('../dist/send-traffic.js', import.meta.url), env);
const startApi = (port: number) =>
  start(new URL('../../orders-api/dist/main.js', import.meta.url), {
    DATABASE_URL: databaseUrl,
    PORT: String(port),
    OTEL_SDK_DISABLED: 'true',
  });

async function freePort(): Promise<number> {
  const server: Server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}
const ordersIn = async (url: string) =>
  ((await (await fetch(`${url}/orders?limit=100`)).json()) as { orders: unknown[] }).orders.length;

it('waits for an orders-api that starts later, sends orders to it, and ends with a count of the results', async () => {
  const port = await freePort();
  // With the slash that people leave at the end.
  const traffic = startTraffic({
    ORDERS_API_URL: `http://127.0.0.1:${port}/`,
    TRAFFIC_ORDERS_PER_SECOND: '20',
  });
  await expect.poll(() => traffic.output, { timeout: 20_000 }).toContain('waiting for orders-api at');
  const url = await startApi(port).ready();
  await expect.poll(() => ordersIn(url), { timeout: 20_000 }).toBeGreaterThan(5);
  expect(await traffic.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  const [, received] = /stopped: (\d+) orders received, .* 0 failed/.exec(traffic.output) ?? [];
  expect(Number(received)).toBe(await ordersIn(url));
});

it('stops at once while it is still waiting', async () => {
  const traffic = startTraffic({ ORDERS_API_URL: `http://127.0.0.1:${await freePort()}` });
  await expect.poll(() => traffic.output, { timeout: 20_000 }).toContain('waiting for orders-api at');
  expect(await traffic.stop('SIGTERM')).toEqual({ code: 0, signal: null });
  expect(traffic.output).toContain('stopped: 0 orders received');
});

it('keeps running without sending at a rate of 0', async () => {
  const url = await startApi(0).ready();
  const before = await ordersIn(url);
  const traffic = startTraffic({ ORDERS_API_URL: url, TRAFFIC_ORDERS_PER_SECOND: '0' });
  await expect.poll(() => traffic.output, { timeout: 20_000 }).toContain('0 orders/s');
  expect(await ordersIn(url)).toBe(before);
  expect(await traffic.stop('SIGTERM')).toEqual({ code: 0, signal: null });
});

it('ends with a sentence if a setting is wrong', async () => {
  const traffic = startTraffic({ ORDERS_API_URL: 'orders-api:3000' });
  expect((await traffic.exit).code).toBe(1);
  expect(traffic.output).toMatch(/ORDERS_API_URL is .* must be an http\(s\) URL/);
});
