import type { Span } from '@span-links/otlp';
import fc from 'fast-check';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { afterEach, expect, test } from 'vitest';
import { openTraceStore, type TraceStore, type TraceStoreOptions } from '../../src/index.ts';
import { newTestDatabaseUrl } from '../../src/testing.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { expectedJourneys, keptJourneys, upkeepDone } from './journey-content.ts';

const WRITER = fileURLToPath(new URL('../fixtures/journey-writer.mjs', import.meta.url));
const MS = 1_000_000n;
const stores: TraceStore[] = [];
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

async function open(options: Partial<TraceStoreOptions> = {}): Promise<TraceStore> {
  const store = await openTraceStore({ url: await newTestDatabaseUrl(), ...options });
  stores.push(store);
  return store;
}

const order = (n: number, more: Partial<Span> = {}): Span =>
  span({
    traceId: traceId(n),
    spanId: spanId(n),
    startTimeUnixNano: T0 + BigInt(n) * MS,
    endTimeUnixNano: T0 + BigInt(n + 20) * MS,
    attributes: attributes({ 'order.id': `o-${n}` }),
    ...more,
  });

const batchOf = (n: number, orders: readonly number[], more: Partial<Span> = {}): Span =>
  span({
    traceId: traceId(n),
    spanId: spanId(n),
    name: 'process-batch',
    kind: 5,
    startTimeUnixNano: T0 + 60_000n * MS,
    endTimeUnixNano: T0 + 60_200n * MS,
    links: orders.map((target) => linkTo(traceId(target), spanId(target))),
    ...more,
  });

interface Row {
  readonly id: string;
  readonly state: string;
  readonly story: { readonly item: { readonly value: string } | null; readonly path: readonly object[] };
}

async function journeys(pool: pg.Pool): Promise<Row[]> {
  await upkeepDone(pool);
  const { rows } = await pool.query<Row>(
    "SELECT replace(journey_id::text, '-', '') AS id, state, story FROM journeys ORDER BY start_ns",
  );
  return rows;
}

test('an order waits, and is done when its batch comes in', async () => {
  const store = await open();
  await store.writer.write(request([order(1), order(2)]));
  expect((await journeys(store.readers)).map(({ id, state }) => [id, state])).toEqual([
    [traceId(1), 'waiting'],
    [traceId(2), 'waiting'],
  ]);
  await store.writer.write(request([batchOf(900, [1, 2])], 'orders-batch'));
  const done = await journeys(store.readers);
  expect(done.map(({ id, state }) => [id, state])).toEqual([
    [traceId(1), 'done'],
    [traceId(2), 'done'],
  ]);
  expect(done[1]?.story).toMatchObject({
    item: { key: 'order.id', value: 'o-2' },
    path: [
      { service: 'orders-api', operation: 'receive-order', durationNs: 20e6 },
      { service: 'orders-batch', operation: 'process-batch', sources: 2, waitNs: 59_978e6 },
    ],
  });
  expect(await keptJourneys(store.readers)).toEqual(await expectedJourneys(store.readers));
});

test('a journey without its first trace begins with that trace when it comes in', async () => {
  const store = await open();
  const follow = span({ ...batchOf(900, [1]), traceId: traceId(900) });
  const mail = batchOf(901, [900], { name: 'mail', startTimeUnixNano: T0 + 70_000n * MS });
  await store.writer.write(request([follow, mail]));
  // The order may still come. The journey is shown without it after a minute.
  expect(await journeys(store.readers)).toEqual([]);
  await store.writer.write(request([order(1)]));
  expect((await journeys(store.readers)).map(({ id }) => id)).toEqual([traceId(1)]);
  expect(await keptJourneys(store.readers)).toEqual(await expectedJourneys(store.readers));
});

test("the tables match the engine's result for any order of spans", async () => {
  const link = fc.record({
    to: fc.nat(7),
    relation: fc.constantFrom(undefined, 'origin', 'previous_attempt'),
  });
  const trace = fc.record({
    links: fc.array(link, { maxLength: 3 }),
    at: fc.nat(9_000),
    kind: fc.constantFrom(1, 4),
  });
  const story = fc.record({
    traces: fc.array(trace, { minLength: 2, maxLength: 8 }),
    requests: fc.array(fc.nat(7), { minLength: 8, maxLength: 8 }),
  });
  const store = await open();
  let base = 0;
  await fc.assert(
    fc.asyncProperty(story, async ({ traces, requests }) => {
      base += 100;
      const spans = traces.map(({ links, at, kind }, n) =>
        order(base + n, {
          kind,
          name: `work ${n % 3}`,
          startTimeUnixNano: T0 + BigInt(at) * MS,
          endTimeUnixNano: T0 + BigInt(at + 1_000) * MS,
          links: links.map(({ to, relation }) =>
            linkTo(traceId(base + to), spanId(base + to), {
              attributes: relation ? attributes({ 'spanlinks.relation': relation }) : [],
            }),
          ),
        }),
      );
      for (let group = 0; group < 8; group++) {
        const sent = spans.filter((_, n) => requests[n] === group);
        if (sent.length === 0) continue;
        await store.writer.write(request(sent));
        if (group % 2 === 0) await makeDue(store);
      }
    }),
    { numRuns: 60 },
  );
  await upkeepDone(store.readers);
  expect(await keptJourneys(store.readers)).toEqual(await expectedJourneys(store.readers));
});

/**
 * Sends requests one after the other. Each one waits until the upkeep has taken the previous one.
 * @returns the traces of each journey.
 */
async function traceIdsAfter(requests: readonly Span[][]): Promise<string[]> {
  const store = await open();
  for (const spans of requests) {
    await store.writer.write(request(spans));
    await upkeepDone(store.readers);
  }
  const kept = await keptJourneys(store.readers);
  expect(kept).toEqual(await expectedJourneys(store.readers));
  return kept.map(([, , , , traces]) => traces);
}

const traces = (...numbers: readonly number[]) => numbers.map(traceId).join(' ');
const linksTo = (...numbers: readonly number[]) => ({
  links: numbers.map((n) => linkTo(traceId(n), spanId(n))),
});

test('a journey ends when the trace that leads into it waits for its own source', async () => {
  // 1 and 2 link to each other; 3 comes before both, and 99 is missing.
  const circle = [order(1, linksTo(2)), order(2, { name: 'second', ...linksTo(1, 3) })];
  const third = order(3, { name: 'third', ...linksTo(99) });
  expect(await traceIdsAfter([circle, [third]])).toEqual([]);
});

test('a journey begins when its expected source turns out to be none', async () => {
  const early = order(2, linksTo(1));
  const follow = batchOf(900, [2]);
  // Trace 1 starts a minute after trace 2 has ended.
  const late = order(1, {
    startTimeUnixNano: T0 + 60_000n * MS,
    endTimeUnixNano: T0 + 60_001n * MS,
  });
  expect(await traceIdsAfter([[early, follow], [late]])).toEqual([traces(2, 900)]);
});

test('a retry of one order leaves the journeys of the others when that order comes in', async () => {
  const retry = span({ ...batchOf(901, [900, 1], { name: 'retry', startTimeUnixNano: T0 + 60_100n * MS }) });
  const sent = [[order(2), batchOf(900, [1, 2]), retry], [order(1)]];
  expect(await traceIdsAfter(sent)).toEqual([traces(1, 900, 901), traces(2, 900)]);
});

test('a killed process leaves its queue to the next one', async () => {
  const url = await newTestDatabaseUrl();
  for (const first of [1, 50_000]) {
    const child = spawn(process.execPath, [WRITER, url, String(first)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let lines = 0;
    child.stdout.on('data', (chunk: Buffer) => {
      lines += chunk.toString().split('\n').length - 1;
      // By then, its upkeep has seen orders of several seconds.
      if (lines > 300) child.kill('SIGKILL');
    });
    await once(child, 'close');
  }
  const store = await open({ url });
  await upkeepDone(store.readers);
  const expected = await expectedJourneys(store.readers);
  expect(expected.length).toBeGreaterThan(0);
  expect(await keptJourneys(store.readers)).toEqual(expected);
});

test('one of several processes keeps the journeys, and another takes over when it ends', async () => {
  const url = await newTestDatabaseUrl();
  const [first, second] = [await open({ url }), await open({ url })];
  await first.writer.write(request([order(1)]));
  await second.writer.write(request([batchOf(900, [1])]));
  expect((await journeys(first.readers)).map(({ state }) => state)).toEqual(['done']);
  await first.close();
  const later = {
    startTimeUnixNano: T0 + 70_000n * MS,
    endTimeUnixNano: T0 + 70_100n * MS,
  };
  await second.writer.write(request([batchOf(901, [1], { name: 'mail', ...later })]));
  const [journey] = await journeys(second.readers);
  expect(journey?.story).toMatchObject({ path: [{}, { operation: 'mail' }] });
});

test('a journey ends with its first trace, and stays when a later one is deleted', async () => {
  const store = await open({ retention: { maxAgeMs: 60_000, intervalMs: 2 ** 31 - 1 } });
  await store.writer.write(request([order(1), order(2), batchOf(900, [1, 2])]));
  expect(await journeys(store.readers)).toHaveLength(2);
  await age(store, [1, 900]);
  await store.retention.sweep();
  const left = await journeys(store.readers);
  expect(left.map(({ id }) => id)).toEqual([traceId(2)]);
  const { rows } = await store.readers.query('SELECT count(*)::int AS members FROM journey_traces');
  expect(rows).toEqual([{ members: 1 }]);
});

/** Makes the upkeep process new traces without the usual pause. */
async function makeDue(store: TraceStore): Promise<void> {
  await change(
    store,
    "UPDATE journey_queue SET due_at = now() WHERE due_at < now() + interval '10 seconds'",
    [],
  );
  await store.journeys.run();
}

function age(store: TraceStore, traces: readonly number[]): Promise<void> {
  return change(
    store,
    "UPDATE traces SET received_at = now() - interval '2 minutes' WHERE trace_id = ANY ($1::uuid[])",
    [traces.map(traceId)],
  );
}

async function change(store: TraceStore, sql: string, values: unknown[]): Promise<void> {
  const client = await store.readers.connect();
  try {
    await client.query('SET default_transaction_read_only = off');
    await client.query(sql, values);
  } finally {
    client.release(true);
  }
}

test('a batch of 10,000 is in the journeys of all its orders', { timeout: 240_000 }, async () => {
  const store = await open();
  const numbers = Array.from({ length: 10_000 }, (_, n) => n + 1);
  for (let from = 0; from < numbers.length; from += 2_000)
    await store.writer.write(request(numbers.slice(from, from + 2_000).map((n) => order(n))));
  await store.writer.write(request([batchOf(20_000, numbers)]));
  await upkeepDone(store.readers);
  const { rows } = await store.readers.query(
    'SELECT count(*)::int AS journeys, count(*) FILTER (WHERE trace_count = 2)::int AS batched, min(wait_ns) > 0 AS waited FROM journeys',
  );
  expect(rows).toEqual([{ journeys: 10_000, batched: 10_000, waited: true }]);
});
