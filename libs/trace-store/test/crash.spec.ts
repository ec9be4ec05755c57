import type { Query } from '@span-links/explorer-api';
import { startPostgresServer, type TestPostgresServer } from '@span-links/embedded-postgres/testing';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { openTraceStore, StoreUnavailableError, type TraceStore } from '../src/index.ts';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { linkTo, request, spanId, traceId, traceOf } from './requests.ts';
import { audit } from './store-content.ts';

const WRITER = fileURLToPath(new URL('fixtures/writer.mjs', import.meta.url));

const cleanUps: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

/**
 * Starts a writer and kills it after this number of acknowledgements. @returns the numbers of the
 * acknowledged traces.
 */
async function killedWriter(url: string, first: number, acknowledgements: number): Promise<number[]> {
  const child = spawn(process.execPath, [WRITER, url, String(first)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const closed = once(child, 'close');
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk;
    if (output.split('\n').length > acknowledgements) child.kill('SIGKILL');
  });
  const [, signal] = (await closed) as [unknown, string];
  expect(signal).toBe('SIGKILL');
  // The last line may be incomplete.
  return output.split('\n').slice(0, -1).map(Number);
}

async function spanCounts(pool: pg.Pool, numbers: readonly number[]): Promise<Map<string, number>> {
  const { rows } = await pool.query<{ id: string; spans: number }>(
    "SELECT replace(trace_id::text, '-', '') AS id, count(*)::int AS spans FROM spans WHERE trace_id = ANY ($1::uuid[]) GROUP BY 1",
    [numbers.map(traceId)],
  );
  return new Map(rows.map(({ id, spans }) => [id, spans]));
}

test('a writer that is killed in mid-stream has stored everything that it acknowledged, and no partial requests', async () => {
  const url = await newTestDatabaseUrl();
  const store = await openTraceStore({ url });
  cleanUps.push(() => store.close());
  for (const first of [1, 100_000, 1]) {
    const acknowledged = await killedWriter(url, first, 150);
    expect(acknowledged.length).toBeGreaterThanOrEqual(150);
    // Statements of the dead process's connections may still be running.
    await untilQuiet(store.readers);
    const counts = await spanCounts(store.readers, acknowledged);
    for (const n of acknowledged) expect(counts.get(traceId(n)), `trace ${n}`).toBe(10);
    // The dead process has left no filters.
    for (const n of acknowledged.filter((_, place) => place % 10 === 0))
      expect(await tracesOfOrder(store, n), `trace ${n} by its order`).toEqual([traceId(n)]);
    expect(await audit(store.readers)).toEqual([]);
    const { rows } = await store.readers.query('SELECT DISTINCT span_count FROM traces WHERE span_count > 0');
    expect(rows).toEqual([{ span_count: 10 }]);
  }
});

function withOrder(id: string): Query {
  return { terms: [{ field: 'attribute', key: 'order.id', operator: '=', values: [id], from: 0, to: 1 }] };
}

async function tracesOfOrder(store: TraceStore, n: number): Promise<string[]> {
  const { traces } = await store.reader.searchTraces(withOrder(String(n)), { limit: 5 });
  return traces.map((found) => found.traceId);
}

async function untilQuiet(pool: pg.Pool): Promise<void> {
  for (;;) {
    const { rows } = await pool.query(
      `SELECT FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND state IN ('active', 'idle in transaction') AND query ~* '^(copy|insert|begin|commit|select nextval)'`,
    );
    if (rows.length === 0) return;
    await sleep(50);
  }
}

async function serverOfItsOwn(): Promise<{
  server: TestPostgresServer;
  store: TraceStore;
  trouble: string[];
}> {
  const server = await startPostgresServer();
  cleanUps.push(() => server.destroy());
  const trouble: string[] = [];
  const store = await openTraceStore({
    url: await server.createDatabase('traces'),
    onTrouble: (sentence) => trouble.push(sentence),
  });
  cleanUps.push(() => store.close());
  return { server, store, trouble };
}

test('a killed server loses nothing acknowledged, and a retry of a failed request is stored once', async () => {
  const { server, store, trouble } = await serverOfItsOwn();
  const requestOf = (n: number) =>
    request(traceOf(n, 10, [linkTo(traceId(n + 1), spanId(1))]), `service-${n % 3}`);
  const acknowledged: number[] = [];
  const failed: number[] = [];
  const errors: unknown[] = [];
  let next = 1;
  const send = async (): Promise<void> => {
    while (failed.length < 20) {
      const n = next++;
      try {
        await store.writer.write(requestOf(n));
        acknowledged.push(n);
        if (acknowledged.length === 100) void server.kill();
      } catch (error) {
        failed.push(n);
        errors.push(error);
      }
    }
  };
  await Promise.all(Array.from({ length: 8 }, send));
  expect(acknowledged.length).toBeGreaterThanOrEqual(100);
  for (const error of errors) expect(error).toBeInstanceOf(StoreUnavailableError);
  expect(store.writer.counts()).toMatchObject({ queuedRequests: 0, queuedSpans: 0, queuedBytes: 0 });

  await server.start();
  const again = await Promise.all(failed.map((n) => store.writer.write(requestOf(n))));
  for (const { stored, duplicates } of again) expect(stored + duplicates).toBe(10);
  const all = [...acknowledged, ...failed];
  const counts = await spanCounts(store.readers, all);
  for (const n of all) expect(counts.get(traceId(n)), `trace ${n}`).toBe(10);
  for (const n of all.filter((_, place) => place % 10 === 0))
    expect(
      (await store.reader.searchSpans(withOrder(`order-${n}-4`), { limit: 5 })).spans,
      `order of trace ${n}`,
    ).toHaveLength(1);
  expect(await audit(store.readers)).toEqual([]);
  expect(trouble.join()).not.toMatch(/failed/);
});

test('a store survives the loss of its idle connections', async () => {
  const { server, store, trouble } = await serverOfItsOwn();
  await store.writer.write(request(traceOf(1, 2)));
  await server.stop('immediate');
  await expect.poll(() => trouble.join(), { timeout: 20_000 }).toMatch(/an idle database connection broke/);
  await expect(store.writer.write(request(traceOf(2, 2)))).rejects.toBeInstanceOf(StoreUnavailableError);
  await expect(store.retention.sweep()).rejects.toThrow();
  await server.start();
  expect(await store.writer.write(request(traceOf(2, 2)))).toMatchObject({ stored: 2 });
  expect(store.writer.counts()).toMatchObject({ stored: 4, turnedAway: 2 });
});

test('a store waits for a server that is still starting, and reports when it gives up', async () => {
  const server = await startPostgresServer();
  cleanUps.push(() => server.destroy());
  const url = await server.createDatabase('traces');
  await server.stop();
  const given = await openTraceStore({ url, connectTimeoutMs: 600 }).catch((error: unknown) => error);
  expect(given).toBeInstanceOf(StoreUnavailableError);
  expect(String(given)).toMatch(/127\.0\.0\.1:\d+\/traces did not answer within 600 ms: .*ECONNREFUSED/);

  const opening = openTraceStore({ url });
  await sleep(700);
  await server.start();
  const store = await opening;
  cleanUps.push(() => store.close());
  expect(await store.writer.write(request(traceOf(1, 1)))).toMatchObject({ stored: 1 });
});
