import pg from 'pg';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openTraceStore, type TraceStore, type TraceStoreOptions } from '../src/index.ts';
import { newTestDatabaseUrl } from '../src/testing.ts';
import { linkTo, request, spanId, T0, traceId, traceOf } from './requests.ts';
import { audit, count } from './store-content.ts';

const NEVER = 2 ** 31 - 1;
const ALL = { maxAgeMs: NEVER, maxBytes: 1e12, intervalMs: NEVER };

let url: string;
let admin: pg.Client;
let stores: TraceStore[];
beforeEach(async () => {
  url = await newTestDatabaseUrl();
  admin = new pg.Client({ connectionString: url, options: '-c search_path=trace_explorer' });
  await admin.connect();
  stores = [];
});
afterEach(async () => {
  expect(await audit(stores[0]!.readers)).toEqual([]);
  await admin.end();
  for (const store of stores) await store.close();
});

async function open(retention: TraceStoreOptions['retention']): Promise<TraceStore> {
  const store = await openTraceStore({ url, retention: { ...ALL, ...retention } });
  stores.push(store);
  return store;
}

/** As if the traces had been stored so long ago, oldest first. */
async function age(traces: readonly number[], ms: number): Promise<void> {
  for (const [index, n] of traces.entries()) {
    await admin.query(
      "UPDATE traces SET received_at = now() - ($2::float8 + $3::float8) * interval '1 millisecond' WHERE trace_id = $1::uuid",
      [traceId(n), ms, traces.length - index],
    );
  }
}

async function receivedTraces(): Promise<number[]> {
  const { rows } = await admin.query<{ trace_id: string }>(
    'SELECT trace_id FROM traces WHERE span_count > 0 ORDER BY trace_id',
  );
  return rows.map(({ trace_id }) => Number.parseInt(trace_id.slice(-6), 16));
}

test('What was stored too long ago goes, with its links; what others link to is remembered as evicted', async () => {
  const store = await open({ maxAgeMs: 60_000 });
  const evicted: unknown[] = [];
  store.onEvicted((event) => evicted.push(event));
  await store.writer.write(
    request(traceOf(1, 3, [linkTo(traceId(2), spanId(2_000)), linkTo(traceId(50), spanId(1))])),
  );
  await store.writer.write(request(traceOf(2, 3, [linkTo(traceId(1), spanId(1_000))])));
  await age([1], 70_000);
  expect(await store.retention.sweep()).toEqual({ traces: 1, spans: 3 });
  expect(await receivedTraces()).toEqual([2]);
  const { rows } = await admin.query(
    'SELECT span_count, backlink_count, link_count FROM traces ORDER BY trace_id',
  );
  expect(rows).toEqual([
    { span_count: 0, backlink_count: 1, link_count: 0 },
    { span_count: 3, backlink_count: 0, link_count: 1 },
  ]);
  expect(evicted).toEqual([{ traceIds: [expectUuid(1)], beforeNs: T0 + 1_000_000n }]);
  expect((await admin.query('SELECT trace_id FROM evicted_traces')).rows).toEqual([
    { trace_id: expectUuid(1) },
  ]);
  expect(store.counts()).toMatchObject({ evicted: 3, evictedTraces: 1 });
});

test('Beyond its bytes the store loses the oldest traces first, and no more than it has to', async () => {
  const all = await open({});
  for (let n = 1; n <= 10; n++) await all.writer.write(request(traceOf(n, 4)));
  await age([3, 1, 2, 4, 5, 6, 7, 8, 9, 10], 0);
  const { rows } = await admin.query<{ bytes: string }>('SELECT sum(bytes) AS bytes FROM traces');
  const store = await open({ maxBytes: Number(rows[0]!.bytes) * 0.75 });
  expect(await store.retention.sweep()).toEqual({ traces: 3, spans: 12 });
  expect(await receivedTraces()).toEqual([4, 5, 6, 7, 8, 9, 10]);
  expect(await store.retention.sweep()).toEqual({ traces: 0, spans: 0 });
});

test('A trace larger than a chunk goes in slices, with right counts at every commit', async () => {
  const store = await open({ maxBytes: 1 });
  const links = Array.from({ length: 300 }, (_, n) => linkTo(traceId(60 + (n % 7)), spanId(n)));
  await store.writer.write(
    request([...traceOf(1, 12_000, links), ...traceOf(2, 2, [linkTo(traceId(1), spanId(1_000))])]),
  );
  await age([1, 2], 0);
  await admin.query('CREATE TABLE seen (spans int, told int)');
  await admin.query(`
    CREATE FUNCTION look() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN
      INSERT INTO seen SELECT (SELECT count(*) FROM spans WHERE trace_id = new.trace_id), new.span_count; RETURN new; END $$;
    CREATE TRIGGER look AFTER UPDATE OF span_count ON traces FOR EACH ROW
      WHEN (new.span_count < old.span_count AND new.span_count > 0) EXECUTE FUNCTION look()`);
  expect(await store.retention.sweep()).toEqual({ traces: 2, spans: 12_002 });
  expect((await admin.query('SELECT * FROM seen ORDER BY spans DESC')).rows).toEqual([
    { spans: 7_000, told: 7_000 },
    { spans: 2_000, told: 2_000 },
  ]);
  for (const table of ['spans', 'links', 'traces']) expect(await count(store.readers, table)).toBe(0);
});

test('Late spans of a trace that went make a new one, and its tombstone stays', async () => {
  const store = await open({ maxBytes: 1 });
  const [root, ...children] = traceOf(1, 3);
  await store.writer.write(request([root!, children[0]!]));
  await store.retention.sweep();
  expect(await store.writer.write(request([children[1]!]))).toMatchObject({ stored: 1 });
  const { rows } = await admin.query('SELECT span_count, root_received FROM traces');
  expect(rows).toEqual([{ span_count: 1, root_received: false }]);
  expect(await count(store.readers, 'evicted_traces')).toBe(1);
});

test('Sweeps of two stores and writers that keep writing leave every count right', async () => {
  const [first, second] = [await open({ maxBytes: 40_000 }), await open({ maxBytes: 40_000 })];
  let writing = true;
  const writer = async (store: TraceStore, seed: number): Promise<void> => {
    for (let n = 0; n < 60; n++) {
      const traces = Array.from({ length: 8 }, (_, k) =>
        traceOf((n * 3 + k * 5 + seed) % 70, 4, [
          linkTo(traceId((n + k) % 70), spanId(1)),
          linkTo(traceId((n * k) % 70), spanId(2)),
        ]),
      );
      await store.writer.write(request(traces.flat(), `service-${n % 4}`));
    }
  };
  const sweeper = async (store: TraceStore): Promise<void> => {
    while (writing) await store.retention.sweep();
  };
  const sweepers = [sweeper(first), sweeper(second)];
  await Promise.all([writer(first, 0), writer(second, 11), writer(first, 23)]);
  writing = false;
  await Promise.all(sweepers);
  expect(first.counts().evicted + second.counts().evicted).toBeGreaterThan(500);
  expect(await audit(first.readers)).toEqual([]);
});

test('A span that comes while its trace goes is counted, in a row of its own', async () => {
  const store = await open({ maxBytes: 1 });
  const [root, ...children] = traceOf(1, 3);
  await store.writer.write(request([root!, children[0]!]));
  // The deletion has taken its view of the spans when the trigger lets the writer in.
  await admin.query(`
    CREATE FUNCTION dawdle() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_advisory_lock(1); PERFORM pg_sleep(0.5); RETURN NULL; END $$;
    CREATE TRIGGER dawdle BEFORE DELETE ON spans EXECUTE FUNCTION dawdle()`);
  const sweep = store.retention.sweep();
  await vi.waitFor(async () => {
    const { rows } = await admin.query(
      "SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND granted",
    );
    expect(rows).toHaveLength(1);
  });
  const late = store.writer.write(request([children[1]!]));
  expect(await sweep).toEqual({ traces: 1, spans: 2 });
  expect(await late).toMatchObject({ stored: 1 });
  const { rows } = await admin.query('SELECT span_count FROM traces');
  expect(rows).toEqual([{ span_count: 1 }]);
});

test('Rows that spans shared go when no span can use them any more, and come back when one does', async () => {
  const store = await open({ maxAgeMs: 60_000 });
  await store.writer.write(request(traceOf(1, 2), 'old'));
  await store.writer.write(request(traceOf(2, 2), 'young'));
  await age([1], 70_000);
  await admin.query("UPDATE operations SET used_at = now() - interval '2 hours' WHERE service = 'old'");
  await admin.query("UPDATE resources SET used_at = now() - interval '2 hours' WHERE service = 'old'");
  await store.retention.sweep();
  const services = async (): Promise<string[]> =>
    (await admin.query<{ service: string }>('SELECT service FROM resources ORDER BY service')).rows.map(
      ({ service }) => service,
    );
  expect(await services()).toEqual(['young']);
  const later = await open({});
  await later.writer.write(request(traceOf(3, 2), 'old'));
  expect(await services()).toEqual(['old', 'young']);
});

test('The disk stays as large as at the bound when three times as much is written', async () => {
  const store = await open({ maxBytes: 6_000_000 });
  const sizes: number[] = [];
  for (let n = 0; n < 135; n++) {
    const traces = Array.from({ length: 40 }, (_, k) =>
      traceOf(n * 40 + k, 6, [linkTo(traceId(n * 40), spanId(1))]),
    );
    await store.writer.write(request(traces.flat()));
    await store.retention.sweep();
    const { rows } = await admin.query<{ bytes: string }>(
      "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relname IN ('spans', 'links', 'traces') AND relkind = 'r'",
    );
    sizes.push(Number(rows[0]!.bytes));
  }
  expect(store.counts().stored).toBe(32_400);
  // Full in the middle; what follows finds its room in what went.
  const [full, later] = [Math.max(...sizes.slice(0, 70)), Math.max(...sizes.slice(70))];
  expect(later).toBeLessThan(1.1 * full);
  expect(later).toBeLessThan(1.5 * 6_000_000);
});

function expectUuid(n: number): string {
  return traceId(n).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
