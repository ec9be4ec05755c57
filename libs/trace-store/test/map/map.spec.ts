import type { Span } from '@span-links/otlp';
import fc from 'fast-check';
import pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { openTraceStore, JourneyReader, MapReader, type TraceStore } from '../../src/index.ts';
import { newTestDatabaseUrl } from '../../src/testing.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { upkeepDone } from '../journeys/journey-content.ts';

const MS = 1_000_000n;
const stores: TraceStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(): Promise<TraceStore> {
  const store = await openTraceStore({ url: await newTestDatabaseUrl() });
  stores.push(store);
  return store;
}

async function counted(store: TraceStore): Promise<void> {
  const pending = async () => {
    const { rows } = await store.readers.query<{ n: number }>('SELECT count(*)::int AS n FROM map_queue');
    return rows[0]?.n ?? 0;
  };
  while ((await pending()) > 0) await store.map.run().catch(() => undefined);
}

const order = (n: number, more: Partial<Span> = {}): Span =>
  span({
    traceId: traceId(n),
    spanId: spanId(n),
    startTimeUnixNano: T0 + BigInt(n) * MS,
    endTimeUnixNano: T0 + BigInt(n + 20) * MS,
    ...more,
  });
const check = (n: number): Span =>
  order(n, { spanId: spanId(n + 500), parentSpanId: spanId(n), name: 'validate', kind: 1 });
const batchOf = (n: number, orders: readonly number[], more: Partial<Span> = {}): Span =>
  span({
    traceId: traceId(n),
    spanId: spanId(n),
    name: 'process-batch',
    kind: 5,
    startTimeUnixNano: T0 + 10_000n * MS,
    endTimeUnixNano: T0 + 10_200n * MS,
    links: orders.map((target) =>
      linkTo(traceId(target), spanId(target), { attributes: attributes({ 'spanlinks.relation': 'origin' }) }),
    ),
    ...more,
  });

async function mapOf(store: TraceStore) {
  await counted(store);
  const map = await new MapReader(store.readers).map(T0 - 60_000n * MS, T0 + 3_600_000n * MS);
  const names = new Map(map.nodes.map(({ id, operation }) => [id, operation]));
  return {
    ...map,
    nodes: Object.fromEntries(map.nodes.map((node) => [node.operation, node])),
    pairs: [...map.calls, ...map.links]
      .map(({ from, to, count, errors }) => `${names.get(from)} > ${names.get(to)} ${count} ${errors}`)
      .sort(),
  };
}

test('the map has operations, calls and links with waits, fan-in and errors', async () => {
  const store = await open();
  await store.writer.write(request([order(1), check(1), order(2), check(2)]));
  await store.writer.write(
    request([batchOf(900, [1, 2], { status: { code: 2, message: 'no' } })], 'orders-batch'),
  );
  const map = await mapOf(store);
  expect(map.pairs).toEqual(['receive-order > process-batch 2 2', 'receive-order > validate 2 0']);
  expect(map.nodes['process-batch']).toMatchObject({
    service: 'orders-batch',
    kind: 'consumer',
    count: 1,
    errors: 1,
    fanIn: { p50: 2, max: 2 },
  });
  // The second order ended 22 ms after the beginning.
  expect(map.links[0]).toMatchObject({ relation: 'origin', count: 2, maxNs: 9_979e6 });
  expect(map.links[0]!.p50Ns).toBeGreaterThan(8_000e6);
  expect(map.pendingSpans).toBe(0);
  const { waits, columns, bucketsNs } = await new MapReader(store.readers).waits(T0, T0 + 3_500_000n * MS);
  const [history] = waits;
  expect(history).toMatchObject({ from: { operation: 'receive-order' }, to: { service: 'orders-batch' } });
  expect([history!.arrived.length, history!.arrived[0], history!.pickedUp[0]]).toEqual([columns, 2, 2]);
  const [column, bucket, count] = history!.cells[0]!;
  expect([column, count]).toEqual([0, 2]);
  expect(bucketsNs[bucket]).toBeLessThan(9_978e6);
  expect(bucketsNs[bucket + 1]).toBeGreaterThan(9_979e6);
});

test('links and calls are counted once for any order of their ends and any parts', async () => {
  const expected = ['receive-order > process-batch 3 0', 'receive-order > validate 3 0'];
  const spans = [order(1), check(1), order(2), check(2), order(3), check(3), batchOf(900, [1, 2, 3])];
  await fc.assert(
    fc.asyncProperty(
      fc.shuffledSubarray(spans, { minLength: spans.length }),
      fc.array(fc.boolean(), { minLength: spans.length, maxLength: spans.length }),
      async (shuffled, counts) => {
        const store = await open();
        for (const [place, one] of shuffled.entries()) {
          await store.writer.write(request([one]));
          if (counts[place]) await store.map.run();
        }
        // A repeated delivery changes nothing.
        await store.writer.write(request(shuffled));
        const map = await mapOf(store);
        expect(map.pairs).toEqual(expected);
        expect(map.nodes['receive-order']).toMatchObject({ count: 3 });
        const { rows } = await store.readers.query('SELECT FROM map_waiting');
        expect(rows).toEqual([]);
      },
    ),
    { numRuns: 12 },
  );
});

test('an upkeep that loses its connection loses and repeats nothing', async () => {
  const url = await newTestDatabaseUrl();
  const store = await openTraceStore({ url });
  stores.push(store);
  await store.writer.write(request([order(1), batchOf(900, [1, 2]), order(2)]));
  const admin = new pg.Pool({ connectionString: url });
  const broken = store.map.run().catch(() => undefined);
  await admin.query(
    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND classid = 7326006 AND pid <> pg_backend_pid()",
  );
  await broken;
  await admin.end();
  expect((await mapOf(store)).pairs).toEqual(['receive-order > process-batch 2 0']);
});

test('a link of the map leads to the journeys of the messages that crossed it, by time and by wait', async () => {
  const store = await open();
  const early = order(1, { endTimeUnixNano: T0 + 5_000n * MS });
  await store.writer.write(request([early, order(2)]));
  await store.writer.write(request([batchOf(900, [1, 2])], 'orders-batch'));
  await upkeepDone(store.readers);
  const { links } = await mapOf(store);
  const reader = new JourneyReader(store.readers);
  const found = async (crossed: object) => {
    const page = await reader.search(
      { terms: [] },
      { limit: 10, crossed: { links: [links[0]!.id], ...crossed } },
    );
    return page.journeys.map(({ journeyId }) => journeyId).sort();
  };
  expect(await found({})).toEqual([traceId(1), traceId(2)]);
  expect(await found({ waitFromNs: 6_000n * MS })).toEqual([traceId(2)]);
  expect(await found({ waitToNs: 6_000n * MS })).toEqual([traceId(1)]);
  expect(await found({ fromNs: T0 + 20_000n * MS })).toEqual([]);
  expect(await reader.search({ terms: [] }, { limit: 10, crossed: { links: [12_345] } })).toMatchObject({
    journeys: [],
  });
});

test('the map shows what is waited for, and since when', async () => {
  const store = await open();
  await store.writer.write(request([order(1), order(2)]));
  await upkeepDone(store.readers);
  const { waiting, nodes } = await mapOf(store);
  expect(waiting).toEqual([
    {
      from: nodes['receive-order']?.id,
      to: null,
      count: 2,
      oldest: String(T0 + 21n * MS),
      journeyId: traceId(1),
    },
  ]);
});

test('spans that are older than the map are counted when it is made', async () => {
  const url = await newTestDatabaseUrl();
  const before = await openTraceStore({ url });
  await before.writer.write(request([order(1), check(1)]));
  await before.close();
  const admin = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
  await admin.query('DROP TABLE map_counts, map_edges, map_queue, map_waiting');
  await admin.query("DELETE FROM migrations WHERE name = '0004-map.sql'");
  await admin.end();
  const store = await openTraceStore({ url });
  stores.push(store);
  expect((await mapOf(store)).pairs).toEqual(['receive-order > validate 1 0']);
});
