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

/** Changes the traces to look as if they had been stored this long ago, oldest first. */
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

test('old data is deleted with its links, and link targets are remembered as evicted', async () => {
  const store = await open({ maxAgeMs: 60_000 });
  const evicted: unknown[] = [];
  store.onEvicted((event) => evicted.push(event));
  await store.writer.write(
    request(traceOf(1, 3, [linkTo(traceId(2), spanId(2_000)), linkTo(traceId(50), spanId(1))])),
  );
  await store.writer.write(request(traceOf(2, 3, [linkTo(traceId(1), spanId(1_000))])));
  await age([1], 70_000);
  expect(await store.retention.sweep()).toEqual({ traces: 1, spans: 3, logs: 0 });
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

test('a store above its byte limit loses the oldest traces first, and no more than necessary', async () => {
  const all = await open({});
  const numbers = Array.from({ length: 40 }, (_, n) => n + 1);
  for (const n of numbers) await all.writer.write(request(traceOf(n, 400)));
  await age(numbers, 0);
  await untilUpkeepRests();
  const store = await open({ maxBytes: await bytesOnDisk() });
  const { traces, spans } = await store.retention.sweep();
  // Three tenths of the bound are room for deleted rows and for new rows until the next sweep.
  expect(traces).toBeGreaterThanOrEqual(11);
  expect(traces).toBeLessThanOrEqual(13);
  expect(spans).toBe(traces * 400);
  expect(await receivedTraces()).toEqual(numbers.slice(traces));
  await untilUpkeepRests();
  expect(await store.retention.sweep()).toEqual({ traces: 0, spans: 0, logs: 0 });
});

test('a trace larger than a chunk is deleted in slices, with correct counts at every commit', async () => {
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
  expect(await store.retention.sweep()).toEqual({ traces: 2, spans: 12_002, logs: 0 });
  expect((await admin.query('SELECT * FROM seen ORDER BY spans DESC')).rows).toEqual([
    { spans: 7_000, told: 7_000 },
    { spans: 2_000, told: 2_000 },
  ]);
  for (const table of ['spans', 'links', 'traces']) expect(await count(store.readers, table)).toBe(0);
});

test('late spans of a deleted trace make a new trace, and its tombstone stays', async () => {
  const store = await open({ maxBytes: 1 });
  const [root, ...children] = traceOf(1, 3);
  await store.writer.write(request([root!, children[0]!]));
  await store.retention.sweep();
  expect(await store.writer.write(request([children[1]!]))).toMatchObject({ stored: 1 });
  const { rows } = await admin.query('SELECT span_count, root_received FROM traces');
  expect(rows).toEqual([{ span_count: 1, root_received: false }]);
  expect(await count(store.readers, 'evicted_traces')).toBe(1);
});

test('sweeps of two stores and active writers leave every count correct', async () => {
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

test('a span that comes while its trace is deleted is counted in a new row', async () => {
  const store = await open({ maxBytes: 1 });
  const [root, ...children] = traceOf(1, 3);
  await store.writer.write(request([root!, children[0]!]));
  // The deletion already has its snapshot of the spans when the trigger lets the writer in.
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
  }, 20_000);
  const late = store.writer.write(request([children[1]!]));
  expect(await sweep).toEqual({ traces: 1, spans: 2, logs: 0 });
  expect(await late).toMatchObject({ stored: 1 });
  const { rows } = await admin.query('SELECT span_count FROM traces');
  expect(rows).toEqual([{ span_count: 1 }]);
});

test('shared rows are deleted when no span can use them any more, and come back when a span does', async () => {
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

test('all tables and indexes stay within the bound when three times as much is written', async () => {
  const maxBytes = 16 * 2 ** 20;
  const store = await open({ maxBytes });
  const sizes: number[] = [];
  for (let n = 0; n < 160; n++) {
    const traces = Array.from({ length: 50 }, (_, k) =>
      traceOf(n * 50 + k, 10, [linkTo(traceId(n * 50), spanId(1))]),
    );
    await store.writer.write(request(traces.flat()));
    await store.retention.sweep();
    sizes.push(await bytesOnDisk());
  }
  expect(store.counts().evicted).toBeGreaterThan(store.counts().stored / 2);
  expect(Math.max(...sizes)).toBeLessThan(maxBytes);
  // The bound is used, not only kept.
  expect(sizes.at(-1)).toBeGreaterThan(0.6 * maxBytes);
});

/** Journeys and counts are made after the spans are stored, and take room too. */
async function untilUpkeepRests(): Promise<void> {
  await expect
    .poll(
      async () => {
        const { rows } = await admin.query<{ waiting: number }>(
          'SELECT (SELECT count(*) FROM journey_queue)::int + (SELECT count(*) FROM map_queue)::int AS waiting',
        );
        return rows[0]!.waiting;
      },
      { timeout: 50_000 },
    )
    .toBe(0);
}

async function bytesOnDisk(): Promise<number> {
  const { rows } = await admin.query<{ bytes: string }>(
    "SELECT sum(pg_total_relation_size(oid)) AS bytes FROM pg_class WHERE relnamespace = 'trace_explorer'::regnamespace AND relkind = 'r'",
  );
  return Number(rows[0]!.bytes);
}

function expectUuid(n: number): string {
  return traceId(n).replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}

/** Stores batches of 200 log records of a kilobyte. */
async function storeLogs(store: TraceStore, batches: number): Promise<void> {
  const empty = { attributes: [], droppedAttributesCount: 0 };
  const record = {
    ...empty,
    observedTimeUnixNano: 0n,
    severityNumber: 9,
    severityText: '',
    eventName: '',
    body: 'x'.repeat(1_000),
    flags: 0,
    traceId: '',
    spanId: '',
  };
  for (let n = 1; n <= batches; n++) {
    // Records of the same time would be the same records.
    const logRecords = Array.from({ length: 200 }, () => ({ ...record, timeUnixNano: BigInt(n) }));
    const scopeLogs = [{ scope: { ...empty, name: '', version: '' }, logRecords, schemaUrl: '' }];
    await store.writer.writeLogs({ resourceLogs: [{ resource: empty, scopeLogs, schemaUrl: '' }] }, 1_000);
  }
}

test('old log records are deleted, and in a store above its byte limit the oldest ones', async () => {
  const all = await open({ maxAgeMs: 60_000 });
  await storeLogs(all, 41);
  await admin.query(
    "UPDATE log_batches SET received_at = now() - interval '70 s' WHERE id = (SELECT min(id) FROM log_batches)",
  );
  expect(await all.retention.sweep()).toEqual({ traces: 0, spans: 0, logs: 200 });
  expect(await count(all.readers, 'logs')).toBe(8_000);
  const store = await open({ maxBytes: await bytesOnDisk() });
  const { logs } = await store.retention.sweep();
  expect(logs).toBeGreaterThanOrEqual(11 * 200);
  expect(logs).toBeLessThanOrEqual(14 * 200);
  const { rows } = await admin.query<{ oldest: string }>('SELECT min(batch) AS oldest FROM logs');
  expect(Number(rows[0]!.oldest)).toBe(2 + logs / 200);
  expect(await count(store.readers, 'logs')).toBe(8_000 - logs);
  expect(await store.retention.sweep()).toEqual({ traces: 0, spans: 0, logs: 0 });
});
