import { cloneDatabase } from '@span-links/embedded-postgres/testing';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, beforeEach, expect, inject, test, vi } from 'vitest';
import { BLOCK_SPANS } from '../src/filter/block-size.ts';
import { FilterRebuild } from '../src/filter/filter-rebuild.ts';
import type { SealedBlock } from '../src/filter/sealed-block.ts';
import { openTraceStore, type TraceStore, type TraceStoreOptions } from '../src/index.ts';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { AttributeHashes } from '../src/write/attribute-hash.ts';
import { SpanIds } from '../src/write/span-ids.ts';
import { query } from './read/fixture.ts';
import { request, spanId, traceId, traceOf } from './requests.ts';
import { count } from './store-content.ts';

const NEVER = 2 ** 31 - 1;
const KEEP = { maxAgeMs: NEVER, maxBytes: 1e12, intervalMs: NEVER };

let url: string;
let admin: pg.Pool;
let stores: TraceStore[];
beforeEach(async () => {
  url = await newTestDatabaseUrl();
  admin = poolOf(url);
  stores = [];
});
afterEach(async () => {
  for (const store of stores) await store.close();
  await admin.end();
});

function poolOf(of: string): pg.Pool {
  return new pg.Pool({ connectionString: of, options: '-c search_path=trace_explorer' });
}

async function open(options: Partial<TraceStoreOptions> = {}): Promise<TraceStore> {
  const store = await openTraceStore({ url, retention: KEEP, ...options });
  stores.push(store);
  return store;
}

async function found(store: TraceStore, key: string, value: string, limit = 20): Promise<string[]> {
  const term = query({ field: 'attribute', key, operator: '=', values: [value] });
  return (await store.reader.searchSpans(term, { limit })).spans.map((one) => one.spanId);
}

async function blocks(): Promise<{ sealed: number; open: number }> {
  const { rows } = await admin.query<{ sealed: number; open: number }>(
    'SELECT count(filter)::int AS sealed, count(*)::int - count(filter)::int AS open FROM span_blocks',
  );
  return rows[0]!;
}

/** Stores this number of spans in traces of ten. */
async function fill(store: TraceStore, spans: number, firstTrace = 1): Promise<void> {
  for (let n = 0; n < spans / 10; n += 100) {
    const traces = Array.from({ length: Math.min(100, spans / 10 - n) }, (_, k) =>
      traceOf(firstTrace + n + k, 10),
    );
    await store.writer.write(request(traces.flat()));
  }
}

/** Deletes the filters, as if the processes had been killed long ago. */
async function abandon(): Promise<void> {
  await admin.query(
    "UPDATE span_blocks SET filter = NULL, min_start_ns = NULL, max_start_ns = NULL, taken_at = now() - interval '2 hours'",
  );
}

async function rebuild(): Promise<number> {
  const one = new FilterRebuild(admin, (sentence) => expect.unreachable(sentence));
  expect(await one.run()).toBe(0);
  return one.run();
}

test('a block is sealed when it is used up, the last one when the store closes; spans are found before and after', async () => {
  const store = await open();
  await fill(store, 10_000);
  await vi.waitFor(async () => expect(await blocks()).toEqual({ sealed: 2, open: 1 }));
  for (const n of [1, 500, 1_000])
    expect(await found(store, 'order.id', `order-${n}-3`)).toEqual([spanId(n * 1_000 + 3)]);
  await store.close();
  expect(await blocks()).toEqual({ sealed: 3, open: 0 });
  const later = await open();
  for (const n of [1, 500, 1_000])
    expect(await found(later, 'order.id', `order-${n}-3`)).toEqual([spanId(n * 1_000 + 3)]);
  expect(await found(later, 'order.items', '7', 3)).toEqual(
    [1_000, 999, 998].map((n) => spanId(n * 1_000 + 7)),
  );
  expect(await found(later, 'order.id', 'order-0-0')).toEqual([]);
});

test('filters exclude the blocks without such a span', async () => {
  const store = await open();
  await fill(store, 12_290);
  await store.close();
  const { rows } = await admin.query<{ size: number }>(
    'SELECT octet_length(filter)::int AS size FROM span_blocks ORDER BY block LIMIT 3',
  );
  for (const { size } of rows) expect(size / BLOCK_SPANS).toBeLessThan(5);
  const again = await open();
  const { readers } = again;
  const asked = vi.spyOn(readers, 'query');
  expect(await found(again, 'order.id', 'order-7-3')).toEqual([spanId(7_003)]);
  const scans = asked.mock.calls
    .map(([, values]) => values as unknown[] | undefined)
    .flatMap((values) => values ?? []);
  expect(
    scans.filter((value) => Array.isArray(value) && value.every((one) => typeof one === 'string')),
  ).toEqual([['1']]);
});

test('unsealed blocks are rebuilt at the second run, by one process at a time, with the same content', async () => {
  const store = await open();
  await fill(store, 9_000);
  await store.close();
  const filters = 'SELECT block, filter, min_start_ns, max_start_ns FROM span_blocks ORDER BY block';
  const before = (await admin.query(filters)).rows as unknown[];
  expect(before).toHaveLength(3);
  await abandon();
  const reading = await open();
  expect(await found(reading, 'order.id', 'order-3-3')).toEqual([spanId(3_003)]);
  const holder = await admin.connect();
  await holder.query('SELECT pg_advisory_lock(7326004, hashtext(current_schema()))');
  expect(await rebuild()).toBe(0);
  await holder.query('SELECT pg_advisory_unlock_all()');
  holder.release();
  expect(await rebuild()).toBe(3);
  expect((await admin.query(filters)).rows).toEqual(before);
  expect(await found(reading, 'order.id', 'order-3-3')).toEqual([spanId(3_003)]);
});

test('a block younger than an hour is left to its process, and a block without spans is deleted', async () => {
  const store = await open();
  await store.writer.write(request(traceOf(1, 3)));
  expect(await rebuild()).toBe(0);
  expect(await blocks()).toEqual({ sealed: 0, open: 1 });
  await admin.query("INSERT INTO span_blocks (taken_at) VALUES (now() - interval '2 hours')");
  expect(await rebuild()).toBe(1);
  expect(await blocks()).toEqual({ sealed: 0, open: 1 });
});

test('filters that cannot be written are written later or rebuilt', async () => {
  const trouble: string[] = [];
  const store = await open({ onTrouble: (sentence) => trouble.push(sentence) });
  await admin.query(`
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$;
    CREATE TRIGGER refuse BEFORE UPDATE ON span_blocks EXECUTE FUNCTION refuse()`);
  await fill(store, 5_000);
  await vi.waitFor(() => expect(trouble).toEqual(['filters of attributes could not be written: not now']));
  expect(await found(store, 'order.id', 'order-3-3')).toEqual([spanId(3_003)]);
  await admin.query('DROP TRIGGER refuse ON span_blocks');
  await fill(store, 4_000, 501);
  await vi.waitFor(async () => expect(await blocks()).toEqual({ sealed: 2, open: 1 }));
  expect(await found(store, 'order.id', 'order-3-3')).toEqual([spanId(3_003)]);
});

test('two stores on one database find the spans of both, sealed or not', async () => {
  const [one, other] = [await open(), await open()];
  await Promise.all([fill(one, 6_000, 1), fill(other, 6_000, 5_001)]);
  for (const store of [one, other]) {
    expect(await found(store, 'order.id', 'order-2-1')).toEqual([spanId(2_001)]);
    expect(await found(store, 'order.id', 'order-600-1')).toEqual([spanId(600_001)]);
    expect(await found(store, 'order.id', 'order-5001-1')).toEqual([spanId(5_001_001)]);
  }
  await one.close();
  expect(await found(other, 'order.id', 'order-600-1')).toEqual([spanId(600_001)]);
});

test('retention deletes blocks without spans once nobody can add to them', async () => {
  const store = await open();
  await fill(store, 9_000);
  await store.close();
  const sweeper = await open({ retention: { ...KEEP, maxBytes: 1 } });
  await sweeper.writer.write(request(traceOf(9_999, 2)));
  await sweeper.retention.sweep();
  expect(await count(sweeper.readers, 'spans')).toBe(0);
  expect(await count(sweeper.readers, 'span_blocks')).toBe(4);
  await admin.query("UPDATE span_blocks SET taken_at = now() - interval '2 hours' WHERE filter IS NOT NULL");
  await sweeper.writer.write(request(traceOf(9_998, 2)));
  await sweeper.retention.sweep();
  expect(await blocks()).toEqual({ sealed: 0, open: 1 });
});

test('a process gives up a block after a while, even if it has unused ids', async () => {
  const sealed: SealedBlock[] = [];
  const ids = new SpanIds((block) => sealed.push(block), 100);
  const spans = (n: number) =>
    Array.from({ length: n }, () => ({
      startNs: 5n,
      hashStart: 0,
      hashEnd: 0,
      request: { attributeHashes: new AttributeHashes() },
      operation: { id: 1, columns: ['orders-api', 'receive-order', 4] },
      resource: { id: 1 },
      scope: { id: 1 },
    }));
  const client = await admin.connect();
  const [first, second] = await ids.take(client, spans(2));
  expect(second).toBe(first! + 1);
  await sleep(120);
  const [third] = await ids.take(client, spans(1));
  expect(third).toBe(first! + BLOCK_SPANS);
  expect(sealed.map(({ block, minStartNs }) => [block, minStartNs])).toEqual([[first! / BLOCK_SPANS, 5n]]);
  ids.seal('all');
  expect(sealed).toHaveLength(2);
  client.release();
});

test('spans of a migrated older store are found before and after their filters are made', async () => {
  const serverUrl = inject('traceTestServerUrl');
  const oldUrl = await cloneDatabase(serverUrl, 'template1');
  const old = new pg.Pool({ connectionString: oldUrl, options: '-c search_path=trace_explorer' });
  await old.query('CREATE SCHEMA trace_explorer');
  await old.query(
    'CREATE TABLE migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now())',
  );
  await old.query(readFileSync(new URL('../sql/migrations/0001-traces.sql', import.meta.url), 'utf8'));
  await old.query("INSERT INTO migrations (name) VALUES ('0001-traces.sql')");
  // Blocks 1 to 6 of 10,000 numbers; the process still uses the last one.
  await old.query(`
    SELECT setval('span_id_blocks', 6);
    INSERT INTO operations (digest, service, name, kind) VALUES ('', 's', 'n', 1);
    INSERT INTO spans
    SELECT n, md5(n::text)::uuid, decode(lpad(to_hex(n), 16, '0'), 'hex'), NULL, 1, 1, 1, n, 1, 0, 0, 0, 0, 0, 0, now(), NULL, NULL,
      jsonb_build_object('order.id', 'order-' || n, 'half', n / 2.0, 'even', n % 2 = 0), NULL, NULL
    FROM generate_series(10000, 61000) AS n`);
  url = oldUrl;
  const store = await open();
  const check = async (): Promise<void> => {
    for (const n of [10_000, 33_333, 61_000]) {
      const id = n.toString(16).padStart(16, '0');
      expect(await found(store, 'order.id', `order-${n}`)).toEqual([id]);
      expect(await found(store, 'half', String(n / 2))).toEqual([id]);
    }
    const even = [61_000, 60_998].map((n) => n.toString(16).padStart(16, '0'));
    expect(await found(store, 'even', 'true', 2)).toEqual(even);
    expect(await found(store, 'order.id', 'order-9999')).toEqual([]);
  };
  await check();
  // A process that continues with its current block.
  await old.query(`INSERT INTO spans SELECT 69999, trace_id, '\\x00000000000000ff', NULL, 1, 1, 1, 5, 1, 0, 0, 0, 0, 0, 0, now(), NULL, NULL,
    '{"late": true}', NULL, NULL FROM spans WHERE id = 61000`);
  expect(await found(store, 'late', 'true')).toEqual(['00000000000000ff']);
  const one = new FilterRebuild(old, (sentence) => expect.unreachable(sentence));
  await one.run();
  expect(await one.run()).toBeGreaterThan(4);
  await check();
  await old.query("UPDATE span_blocks SET taken_at = now() - interval '2 hours'");
  await one.run();
  await one.run();
  await check();
  expect(await found(store, 'late', 'true')).toEqual(['00000000000000ff']);
  expect((await old.query('SELECT FROM span_blocks WHERE filter IS NULL')).rows).toEqual([]);
  await store.writer.write(request(traceOf(1, 3)));
  expect(await found(store, 'order.id', 'order-1-2')).toEqual([spanId(1_002)]);
  const { rows } = await old.query<{ id: string }>(
    'SELECT min(id) AS id FROM spans WHERE trace_id = $1::uuid',
    [traceId(1)],
  );
  expect(Number(rows[0]!.id)).toBeGreaterThan(69_999);
  await old.end();
});
