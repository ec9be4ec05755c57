import { readdir } from 'node:fs/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import {
  migrateTraceDatabase,
  openTraceStore,
  SchemaTooNewError,
  StoreOverloadedError,
  StoreUnavailableError,
  type TraceStore,
} from '../src/index.ts';
import { encodeByReference } from '@span-links/otlp/testing';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { attributes, framesOf, linkTo, request, span, spanId, traceId, traceOf } from './requests.ts';
import { audit, count } from './store-content.ts';

let url: string;
let stores: TraceStore[];
let admin: pg.Client;
beforeEach(async () => {
  url = await newTestDatabaseUrl();
  stores = [];
  admin = new pg.Client({ connectionString: url });
  await admin.connect();
});
afterEach(async () => {
  await admin.end();
  for (const store of stores) await store.close();
});

async function open(options: Partial<Parameters<typeof openTraceStore>[0]> = {}): Promise<TraceStore> {
  const store = await openTraceStore({ url, ...options });
  stores.push(store);
  return store;
}

test('if stores open at once on an empty schema, one migrates and all can write', async () => {
  const lines: string[] = [];
  const opened = await Promise.all(
    Array.from({ length: 4 }, () => open({ schema: 'fresh', onProgress: (line) => lines.push(line) })),
  );
  const migrations = (await readdir(new URL('../sql/migrations/', import.meta.url))).sort();
  expect(lines).toEqual([`trace store migrated: ${migrations.join(', ')}`]);
  await Promise.all(opened.map((store, n) => store.writer.write(request(traceOf(n + 1, 2)))));
  expect(await count(opened[0]!.readers, 'spans')).toBe(8);
  const applied = await admin.query('SELECT name FROM fresh.migrations ORDER BY name');
  expect(applied.rows).toEqual(migrations.map((name) => ({ name })));
});

test('both versions refuse a schema that a newer version migrated, and leave it unchanged', async () => {
  await open({ schema: 'ahead' });
  await admin.query("INSERT INTO ahead.migrations (name) VALUES ('9999-from-the-future.sql')");
  const refused = openTraceStore({ url, schema: 'ahead' });
  await expect(refused).rejects.toThrow(SchemaTooNewError);
  await expect(refused).rejects.toThrow(/9999-from-the-future\.sql.* up to \d{4}-[\w-]+\.sql;/);
  await expect(migrateTraceDatabase({ url, schema: 'ahead' })).rejects.toThrow(SchemaTooNewError);
});

test('two schemas of one database are two stores, and nothing is put into a third', async () => {
  const [one, other] = [await open({ schema: 'one' }), await open({ schema: 'other' })];
  await one.writer.write(request(traceOf(1, 2)));
  expect(await count(other.readers, 'spans')).toBe(0);
  expect((await admin.query("SELECT FROM pg_tables WHERE schemaname = 'public'")).rows).toEqual([]);
});

test('a name that needs quotes is refused as a schema name', async () => {
  for (const schema of ['', 'Traces', 'a-b', 'x; DROP TABLE', '1a', 'pg_own', 'a'.repeat(64)])
    await expect(openTraceStore({ url, schema })).rejects.toThrow(RangeError);
});

test('a wrong password ends the opening at once', async () => {
  const wrong = new URL(inject('traceTestServerUrl'));
  wrong.password = 'wrong';
  await expect(openTraceStore({ url: wrong.href })).rejects.toThrow(/password authentication failed/);
});

test('readers cannot write, and are stopped when they take too long', async () => {
  const store = await open({ readTimeoutMs: 200 });
  await expect(store.readers.query('DELETE FROM spans')).rejects.toThrow(/read-only/);
  await expect(store.readers.query('SELECT pg_sleep(30)')).rejects.toThrow(/statement timeout/);
});

test('a full queue turns requests away, says when to come back, and stores what it accepted', async () => {
  const store = await open({ maxQueuedSpans: 10 });
  await store.writer.write(request(traceOf(99, 1)));
  await admin.query('BEGIN; LOCK TABLE trace_explorer.spans IN ACCESS EXCLUSIVE MODE');
  const taken = [1, 2, 3].map((n) => store.writer.write(request(traceOf(n, 4))));
  const refused = await store.writer.write(request(traceOf(4, 4))).catch((error: unknown) => error);
  expect(refused).toBeInstanceOf(StoreOverloadedError);
  expect((refused as StoreOverloadedError).retryAfterSeconds).toBe(1);
  expect(store.writer.counts()).toMatchObject({ queuedRequests: 3, queuedSpans: 12, turnedAway: 4 });
  await admin.query('COMMIT');
  expect(await Promise.all(taken)).toHaveLength(3);
  expect(await store.writer.write(request(traceOf(4, 4)))).toMatchObject({ stored: 4 });
  expect(await count(store.readers, 'spans')).toBe(17);
  expect(store.writer.counts()).toMatchObject({ queuedRequests: 0, queuedSpans: 0, queuedBytes: 0 });
});

test('the queue is also bounded in bytes', async () => {
  const store = await open({ maxQueuedBytes: 100_000 });
  await admin.query('BEGIN; LOCK TABLE trace_explorer.traces IN ACCESS EXCLUSIVE MODE');
  const large = store.writer.write(
    request([span({ attributes: attributes({ large: 'x'.repeat(200_000) }) })]),
  );
  // The size of a decoded request is known once it is encoded.
  await vi.waitFor(() => expect(store.writer.counts().queuedBytes).toBeGreaterThan(100_000));
  await expect(store.writer.write(request(traceOf(1, 1)))).rejects.toThrow(StoreOverloadedError);
  await admin.query('ROLLBACK');
  expect(await large).toMatchObject({ stored: 1 });
});

test('The bytes of a request count before it is encoded', async () => {
  const store = await open({ maxQueuedBytes: 100_000 });
  const large = store.writer.writeFrames(
    framesOf(encodeByReference(request([span({ attributes: attributes({ large: 'x'.repeat(200_000) }) })]))),
  );
  await expect(store.writer.write(request(traceOf(1, 1)))).rejects.toThrow(StoreOverloadedError);
  expect(await large).toMatchObject({ stored: 1 });
  expect(store.writer.counts()).toMatchObject({ queuedRequests: 0, queuedSpans: 0, queuedBytes: 0 });
});

test('closing stores accepted requests and accepts no more', async () => {
  const store = await open();
  const taken = Array.from({ length: 20 }, (_, n) => store.writer.write(request(traceOf(n + 1, 5))));
  // Encoding this many takes several turns of the event loop, so closing begins before any of them
  // is queued.
  taken.push(store.writer.write(request(traceOf(50, 5_000))));
  const closing = store.close();
  await expect(store.writer.write(request(traceOf(99, 1)))).rejects.toThrow(StoreUnavailableError);
  await Promise.all([closing, ...taken]);
  const again = await open();
  expect(await count(again.readers, 'spans')).toBe(5_100);
});

test('requests far larger than a group and than a block of ids are stored as one', async () => {
  const store = await open();
  const links = Array.from({ length: 10_000 }, (_, n) => linkTo(traceId(2 + (n % 3_000)), spanId(n)));
  const outcome = await store.writer.write(
    request([
      ...traceOf(1, 1, links),
      ...Array.from({ length: 24_999 }, (_, n) =>
        span({ traceId: traceId(9_000 + (n >> 3)), spanId: spanId(n) }),
      ),
    ]),
  );
  expect(outcome).toMatchObject({ stored: 25_000, refused: 0 });
  expect(await count(store.readers, 'links')).toBe(10_000);
  expect(await audit(store.readers)).toEqual([]);
});

test('the planner knows the tables soon after the first thousand spans', async () => {
  const store = await open();
  await store.writer.write(request(Array.from({ length: 200 }, (_, n) => traceOf(n + 1, 6)).flat()));
  await store.close();
  const { rows } = await admin.query(
    "SELECT reltuples FROM pg_class WHERE oid = 'trace_explorer.spans'::regclass",
  );
  expect(rows).toEqual([{ reltuples: 1_200 }]);
});
