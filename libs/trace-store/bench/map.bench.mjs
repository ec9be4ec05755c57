// What the map costs: counting spans as they come in, and reading an hour of them.
// Build first; then: node bench/map.bench.mjs [spans] [operations beside those of orders]
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { MapReader, openTraceStore } from '../dist/index.js';
import { MapUpkeep } from '../dist/map/map-upkeep.js';

const spanCount = Number(process.argv[2] ?? 1_000_000);
const otherOperations = Number(process.argv[3] ?? 100);
const ORDER_SPANS = 8;
const BATCH = 50;
const orders = Math.floor(spanCount / (ORDER_SPANS + 1));
const NOW_MS = Date.now();
const T0 = BigInt(NOW_MS - 3_600_000) * 1_000_000n;
const stepNs = 3_500_000_000_000n / BigInt(orders);
const hex = (prefix, n, length) => prefix + n.toString(16).padStart(length, '0');
const traceId = (n) => hex('aa', n, 30);
const spanId = (n, child = 0) => hex('bb', n * 16 + child, 14);

function spanOf(n, child, startNs, durationNs, more) {
  return {
    traceId: traceId(n),
    spanId: spanId(n, child),
    parentSpanId: child === 0 ? undefined : spanId(n),
    traceState: '',
    flags: 1,
    kind: 1,
    startTimeUnixNano: startNs,
    endTimeUnixNano: startNs + durationNs,
    attributes: [{ key: 'order.id', value: String(n) }],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: n % 40 === 0 ? 2 : 0, message: '' },
    ...more,
  };
}

function orderOf(n) {
  const start = T0 + BigInt(n) * stepNs;
  const spread = 1_000_000n * BigInt(1 + ((n * 7_919) % 200));
  return [
    spanOf(n, 0, start, spread, { name: 'POST /orders', kind: 2 }),
    spanOf(n, 1, start + 1_000n, spread / 2n, { name: 'receive-order', kind: 4 }),
    ...Array.from({ length: ORDER_SPANS - 2 }, (_, place) =>
      spanOf(n, place + 2, start + 2_000n, spread / BigInt(place + 3), {
        name: `step ${(n * (ORDER_SPANS - 2) + place) % otherOperations}`,
      }),
    ),
  ];
}

/** A consumer of its own for each order, and a batch of every fifty. */
function followersOf(n) {
  const at = (delayMs) => T0 + BigInt(n) * stepNs + BigInt(delayMs) * 1_000_000n;
  const linkTo = (source) => ({
    traceId: traceId(source),
    spanId: spanId(source, 1),
    traceState: '',
    attributes: [{ key: 'spanlinks.relation', value: 'origin' }],
    droppedAttributesCount: 0,
    flags: 1,
  });
  const ship = spanOf(orders * 2 + n, 0, at(300 + ((n * 104_729) % 9_000)), 20_000_000n, {
    name: 'ship',
    kind: 5,
    links: [linkTo(n)],
  });
  if (n % BATCH > 0 || n < BATCH) return [ship];
  const links = Array.from({ length: BATCH }, (_, place) => linkTo(n - place));
  return [
    ship,
    spanOf(orders * 4 + n, 0, at(20_000), 200_000_000n, { name: 'process-batch', kind: 5, links }),
  ];
}

function requestOf(spans) {
  const resource = { attributes: [{ key: 'service.name', value: 'orders' }], droppedAttributesCount: 0 };
  const scope = { name: 'orders', version: '', attributes: [], droppedAttributesCount: 0 };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans, schemaUrl: '' }], schemaUrl: '' }] };
}

const server = await startPostgresServer({ settings: { fsync: 'off', shared_buffers: '256MB' } });
const url = await server.createDatabase('bench');
const store = await openTraceStore({ url, onTrouble: (sentence) => console.error(sentence) });
await Promise.all([store.journeys.stop(), store.map.stop()]);
const admin = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
const upkeep = new MapUpkeep(admin, { onTrouble: console.error, isBusy: () => false });

try {
  const numbers = Array.from({ length: orders }, (_, place) => place + 1);
  for (let at = 0; at < orders; at += 100) {
    const some = numbers.slice(at, at + 100);
    await store.writer.write(requestOf(some.flatMap(orderOf)));
    await store.writer.write(requestOf(some.flatMap(followersOf)));
  }
  const { rows } = await admin.query('SELECT count(*)::int AS n FROM spans');
  console.log(`${rows[0].n} spans`);
  const began = performance.now();
  const cpu = process.cpuUsage();
  let longest = 0;
  for (let isMore = true; isMore;) {
    const from = performance.now();
    isMore = await upkeep.run();
    longest = Math.max(longest, performance.now() - from);
  }
  const { user } = process.cpuUsage(cpu);
  const perSpan = (us) => `${(us / rows[0].n).toFixed(2)} µs a span`;
  console.log(
    `counted: ${perSpan((performance.now() - began) * 1_000)}, of which Node.js ${perSpan(user)}; ${longest.toFixed(0)} ms at a time at most`,
  );
  await admin.query('VACUUM ANALYZE map_counts');
  const reader = new MapReader(store.readers);
  for (const what of ['map', 'waits']) {
    const times = [];
    for (let round = 0; round < 120; round++) {
      const to = BigInt(NOW_MS) * 1_000_000n;
      const from = performance.now();
      await reader[what](to - 3_600_000_000_000n, to);
      if (round >= 20) times.push(performance.now() - from);
    }
    times.sort((a, b) => a - b);
    console.log(`${what} of one hour: p50 ${times[50].toFixed(1)} ms, p95 ${times[95].toFixed(1)} ms`);
  }
  const map = await reader.map(T0, T0 + 3_600_000_000_000n);
  const total = map.nodes.reduce((sum, { count }) => sum + count, 0);
  console.log(
    `${map.nodes.length} nodes, ${map.calls.length} calls, ${map.links.length} links, ${total} spans counted`,
  );
  for (const { count, p50Ns, p95Ns, maxNs } of map.links) console.log({ count, p50Ns, p95Ns, maxNs });
  const size = await admin.query(
    "SELECT pg_total_relation_size('map_counts') AS bytes, count(*)::int AS n FROM map_counts",
  );
  console.log(`map_counts: ${size.rows[0].n} rows, ${(size.rows[0].bytes / 1e6).toFixed(1)} MB`);
} finally {
  await upkeep.stop();
  await admin.end();
  await store.close();
  await server.destroy();
}
