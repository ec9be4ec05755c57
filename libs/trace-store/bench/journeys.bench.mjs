// What journeys cost: upkeep of orders and batches, and a batch of 10,000.
// Build first; then: node bench/journeys.bench.mjs [orders] [size of the large batch]
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { openTraceStore } from '../dist/index.js';

const orders = Number(process.argv[2] ?? 10_000);
const batchSize = Number(process.argv[3] ?? 10_000);
const T0 = BigInt(Date.now() - 3_600_000) * 1_000_000n;
const hex = (prefix, n, length) => prefix + n.toString(16).padStart(length, '0');
const traceId = (n) => hex('aa', n, 30);
const spanId = (n, child = 0) => hex('bb', n * 16 + child, 14);

function spanOf(n, child, more) {
  const startTimeUnixNano = T0 + BigInt(n) * 100_000n;
  return {
    traceId: traceId(n),
    spanId: spanId(n, child),
    parentSpanId: child === 0 ? undefined : spanId(n),
    traceState: '',
    flags: 1,
    name: `step ${child}`,
    kind: 1,
    startTimeUnixNano,
    endTimeUnixNano: startTimeUnixNano + 5_000_000n,
    attributes: [{ key: 'order.id', value: String(n) }],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: '' },
    ...more,
  };
}

const orderOf = (n) => [
  spanOf(n, 0, { name: 'POST /orders', kind: 2 }),
  spanOf(n, 1, { name: 'receive-order', kind: 4 }),
  spanOf(n, 2, {}),
  spanOf(n, 3, {}),
];

const batchOf = (n, sources) => [
  spanOf(n, 0, {
    name: 'process-batch',
    kind: 5,
    startTimeUnixNano: T0 + BigInt(n) * 200_000n,
    endTimeUnixNano: T0 + BigInt(n) * 200_000n + 50_000_000n,
    links: sources.map((source) => ({
      traceId: traceId(source),
      spanId: spanId(source, 1),
      traceState: '',
      attributes: [{ key: 'spanlinks.relation', value: 'origin' }],
      droppedAttributesCount: 0,
      flags: 1,
    })),
  }),
];

function requestOf(spans) {
  const resource = { attributes: [{ key: 'service.name', value: 'orders' }], droppedAttributesCount: 0 };
  const scope = { name: 'orders', version: '', attributes: [], droppedAttributesCount: 0 };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans, schemaUrl: '' }], schemaUrl: '' }] };
}

const server = await startPostgresServer({ settings: { fsync: 'on', shared_buffers: '128MB' } });
const url = await server.createDatabase('bench');
const store = await openTraceStore({ url, onTrouble: (sentence) => console.error(sentence) });
const admin = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
// The upkeep runs when this bench says so.
await store.journeys.stop();
const { JourneyUpkeep } = await import('../dist/journeys/journey-upkeep.js');
const upkeep = new JourneyUpkeep(admin, { onTrouble: console.error, isBusy: () => false });

async function measure(what) {
  await admin.query('UPDATE journey_queue SET due_at = now()');
  let computed = 0;
  let longestMs = 0;
  const cpu = process.cpuUsage();
  const began = performance.now();
  const watch = setInterval(() => undefined, 5);
  let last = performance.now();
  const lag = setInterval(() => {
    longestMs = Math.max(longestMs, performance.now() - last - 5);
    last = performance.now();
  }, 5);
  for (;;) {
    const { rows } = await admin.query('SELECT count(*)::int AS n FROM journey_queue WHERE due_at <= now()');
    if (rows[0].n === 0) break;
    computed += await upkeep.run();
  }
  clearInterval(watch);
  clearInterval(lag);
  const ms = performance.now() - began;
  const { user } = process.cpuUsage(cpu);
  console.log(
    `${what}: ${computed} journeys in ${ms.toFixed(0)} ms, ${((1_000 * ms) / computed).toFixed(0)} µs each (${(user / computed).toFixed(0)} µs Node.js), event loop held for ${longestMs.toFixed(0)} ms at most`,
  );
}

try {
  for (let n = 1; n <= orders; n += 500) {
    const some = Array.from({ length: Math.min(500, orders - n + 1) }, (_, place) => n + place);
    await store.writer.write(requestOf(some.flatMap(orderOf)));
  }
  await measure(`${orders} orders that wait`);
  const numbers = Array.from({ length: orders }, (_, place) => place + 1);
  for (let at = 0; at < orders; at += 100)
    await store.writer.write(requestOf(batchOf(orders + 1 + at, numbers.slice(at, at + 100))));
  await measure('their batches of 100');
  await store.writer.write(requestOf(batchOf(3 * orders, numbers.slice(0, batchSize))));
  await measure(`a batch of ${batchSize}`);
  await store.writer.write(requestOf([spanOf(7, 4, {})]));
  await measure('a late span of one order');
  const { rows } = await admin.query(
    `SELECT relname, pg_total_relation_size(oid) / (SELECT count(*) FROM journeys) AS bytes FROM pg_class WHERE relname LIKE 'journey%' AND relkind = 'r' AND relnamespace = 'trace_explorer'::regnamespace`,
  );
  for (const { relname, bytes } of rows) console.log(`${relname}: ${bytes} bytes a journey`);
  await sleep(0);
} finally {
  await upkeep.stop();
  await admin.end();
  await store.close();
  await server.destroy();
}
