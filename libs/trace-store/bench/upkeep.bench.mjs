// What journeys and the map cost beside storing: the same spans are stored with and without their upkeep, in turn, and the CPU time of
// Node.js and of all Postgres processes is compared, until all of it is computed. Linux only.
// Build first; then: node bench/upkeep.bench.mjs [spans] [pairs]
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { openTraceStore } from '../dist/index.js';

const spanCount = Number(process.argv[2] ?? 100_000);
const pairs = Number(process.argv[3] ?? 2);
const ORDER_SPANS = 5;
const BATCH = 50;
const TICK_MS = 10;
const orders = Math.floor(spanCount / (ORDER_SPANS + 1 / BATCH));
const hex = (prefix, n, length) => prefix + n.toString(16).padStart(length, '0');
const traceId = (n) => hex('aa', n, 30);
const spanId = (n, child = 0) => hex('bb', n * 16 + child, 14);
const T0 = BigInt(Date.now() - 600_000) * 1_000_000n;

function spanOf(n, child, more) {
  const startTimeUnixNano = T0 + BigInt(n) * 20_000n;
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
    attributes: Array.from({ length: 8 }, (_, k) => ({ key: `key.${k}`, value: `${n % 97} of ${k}` })),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: '' },
    ...more,
  };
}

const orderOf = (n) =>
  Array.from({ length: ORDER_SPANS }, (_, child) =>
    spanOf(n, child, child === 1 ? { name: 'receive-order', kind: 4 } : {}),
  );

const batchOf = (n) =>
  spanOf(orders * 2 + n, 0, {
    name: 'process-batch',
    kind: 5,
    startTimeUnixNano: T0 + BigInt(n) * 20_000n + 2_000_000_000n,
    endTimeUnixNano: T0 + BigInt(n) * 20_000n + 2_050_000_000n,
    links: Array.from({ length: BATCH }, (_, place) => ({
      traceId: traceId(n - place),
      spanId: spanId(n - place, 1),
      traceState: '',
      attributes: [{ key: 'spanlinks.relation', value: 'origin' }],
      droppedAttributesCount: 0,
      flags: 1,
    })),
  });

function requestOf(spans) {
  const resource = { attributes: [{ key: 'service.name', value: 'orders' }], droppedAttributesCount: 0 };
  const scope = { name: 'orders', version: '', attributes: [], droppedAttributesCount: 0 };
  return { resourceSpans: [{ resource, scopeSpans: [{ scope, spans, schemaUrl: '' }], schemaUrl: '' }] };
}

/** CPU time in ms of a process and of its children, those that have ended included. */
function cpuOf(root) {
  let ticks = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
        .replace(/^.*\) /s, '')
        .split(' ');
      const isRoot = Number(pid) === root;
      if (!isRoot && Number(fields[1]) !== root) continue;
      ticks += Number(fields[11]) + Number(fields[12]);
      if (isRoot) ticks += Number(fields[13]) + Number(fields[14]);
    } catch {
      // It has ended.
    }
  }
  return ticks * TICK_MS;
}

const server = await startPostgresServer({ settings: { shared_buffers: '256MB' } });

async function run(round, hasUpkeep) {
  const url = await server.createDatabase(`bench_${round}_${hasUpkeep}`);
  const admin = new pg.Pool({ connectionString: url, max: 1, options: '-c search_path=trace_explorer' });
  const store = await openTraceStore({ url, onTrouble: (sentence) => console.error(sentence) });
  if (!hasUpkeep) await Promise.all([store.journeys.stop(), store.map.stop()]);
  const { rows } = await admin.query('SELECT pg_backend_pid() AS pid');
  const postmaster = Number(
    readFileSync(`/proc/${rows[0].pid}/stat`, 'utf8')
      .replace(/^.*\) /s, '')
      .split(' ')[1],
  );
  const [node, postgres, began] = [process.cpuUsage(), cpuOf(postmaster), performance.now()];
  for (let at = 1; at <= orders; at += BATCH) {
    const some = Array.from({ length: Math.min(BATCH, orders - at + 1) }, (_, place) => at + place);
    await store.writer.write(requestOf(some.flatMap(orderOf)));
    if (some.length === BATCH) await store.writer.write(requestOf([batchOf(at + BATCH - 1)]));
  }
  const storedMs = performance.now() - began;
  const isDone = async () => {
    const left = await admin.query(
      "SELECT (SELECT count(*) FROM journey_queue WHERE due_at < now() + interval '10 s')::int + (SELECT count(*) FROM map_queue)::int AS n",
    );
    return left.rows[0].n === 0;
  };
  while (hasUpkeep && !(await isDone())) await sleep(200);
  const spent = process.cpuUsage(node);
  const result = {
    nodeMs: (spent.user + spent.system) / 1_000,
    postgresMs: cpuOf(postmaster) - postgres,
    storedMs,
  };
  await store.close();
  await admin.end();
  return result;
}

try {
  const sums = {
    with: { nodeMs: 0, postgresMs: 0, storedMs: 0 },
    without: { nodeMs: 0, postgresMs: 0, storedMs: 0 },
  };
  for (let round = 0; round < pairs; round++) {
    // The order changes, so that neither always comes first.
    for (const hasUpkeep of round % 2 === 0 ? [false, true] : [true, false]) {
      const sum = hasUpkeep ? sums.with : sums.without;
      for (const [name, ms] of Object.entries(await run(round, hasUpkeep))) sum[name] += ms;
    }
  }
  const total = orders * ORDER_SPANS * pairs;
  const perSpan = (ms) => `${((1_000 * ms) / total).toFixed(1)} µs`;
  console.table(
    Object.entries(sums).map(([upkeep, { nodeMs, postgresMs, storedMs }]) => ({
      upkeep,
      'Node.js a span': perSpan(nodeMs),
      'Postgres a span': perSpan(postgresMs),
      'until stored, a span': perSpan(storedMs),
    })),
  );
} finally {
  await server.destroy();
}
