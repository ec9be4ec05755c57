import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { freePorts, runningWith, startServe, type Serving } from './serve-target.ts';

const WAIT = { timeout: 240_000, interval: 200 };

/** All apps of this file share one cluster, so that only the first start creates it. */
let dataDir: string;
let serving: Serving | undefined;

beforeAll(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'serve-'));
});
afterAll(() => {
  serving?.kill();
  rmSync(dataDir, { recursive: true, force: true });
});

async function settings() {
  const [http, grpc, api, batch, fulfilment] = await freePorts(5);
  return {
    url: `http://127.0.0.1:${http}`,
    port: http!,
    env: {
      PORT: `${http}`,
      EXPLORER_PORT: `${http}`,
      EXPLORER_GRPC_PORT: `${grpc}`,
      ORDERS_API_PORT: `${api}`,
      ORDERS_BATCH_PORT: `${batch}`,
      ORDERS_FULFILMENT_PORT: `${fulfilment}`,
      EMBEDDED_POSTGRES_DIR: dataDir,
    },
  };
}

it.each([
  ['orders-api', '/health/ready', '"database":{', 'SIGINT'],
  ['orders-batch', '/health/ready', '"database":{', 'SIGTERM'],
  ['orders-fulfilment', '/health/ready', '"database":{', 'SIGINT'],
  ['trace-explorer', '/', '<div id="root">', 'SIGTERM'],
  ['trace-explorer-web', '/', '/@vite/client', 'SIGINT'],
  ['trace-explorer-web', '/', '/@vite/client', 'SIGTERM'],
  ['demo', '/', '<div id="root">', 'SIGINT'],
] as const)(
  'nx serve %s answers at %s with %s, and %s leaves nothing behind',
  async (app, path, text, signal) => {
    const { url, port, env } = await settings();
    const args = app === 'trace-explorer-web' ? [`--port=${port}`, '--strictPort'] : [];
    serving = startServe(app, args, env);
    const { mark, ended, isRunning, output } = serving;

    await vi.waitFor(async () => {
      expect(isRunning(), output()).toBe(true);
      const answer = await fetch(url + path);
      expect(answer.status, output()).toBe(200);
      expect(await answer.text()).toContain(text);
    }, WAIT);

    serving.stop(signal);
    await ended;
    await vi.waitFor(() => {
      expect(runningWith(mark)).toEqual([]);
      expect(existsSync(join(dataDir, 'postmaster.pid'))).toBe(false);
    }, WAIT);
    await expect(fetch(url + path)).rejects.toThrow();
  },
);
