// Spans a second into Postgres, acknowledged after the commit, as the store grows; and what they take on the disk.
// Requests are decoded objects, as the receiver hands them over; making them is not in the figures.
// Build first; then: node bench/store.bench.mjs [spans] [requests in flight] [database URL]
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import pg from 'pg';
import { openTraceStore } from '../dist/index.js';

const SPANS_PER_REQUEST = 512;
const STEPS = 10;
const FAN_IN_SHARE = 0.14;
const total = Number(process.argv[2] ?? 1_000_000);
const inFlight = Number(process.argv[3] ?? 4);

const T0 = 1_790_000_000_000_000_000n;
const SERVICES = ['orders-api', 'orders-batch', 'payments', 'stock', 'shipping', 'mail'];
// Trace and span ids of earlier roots: what fan-ins link to.
const roots = [];
let made = 0;

const hex = (bytes) => randomBytes(bytes).toString('hex');

function attributesOf(n) {
  const all = [
    { key: 'http.request.method', value: n % 3 ? 'POST' : 'GET' },
    { key: 'http.response.status_code', value: n % 50 ? 201n : 500n },
    { key: 'http.route', value: '/orders/:id' },
    { key: 'url.path', value: `/orders/${n}` },
    { key: 'order.id', value: `0190c3a2-7b9c-7e1e-8222-${String(n).padStart(12, '0')}` },
    { key: 'order.total', value: n * 1.07 + 0.005 },
    { key: 'server.address', value: 'orders-api.internal' },
    { key: 'server.port', value: 8080n },
    { key: 'thread.id', value: BigInt(n % 64) },
    { key: 'order.first', value: n % 2 === 0 },
  ];
  return all.slice(0, 8 + (n % 3));
}

function traceOf() {
  const traceId = hex(16);
  const root = hex(8);
  const spans = 5 + (made % 6);
  const start = T0 + BigInt(made) * 20_000n;
  const isFanIn = roots.length > 100 && Math.random() < FAN_IN_SHARE;
  const trace = Array.from({ length: spans }, (_, i) => {
    const n = made++;
    return {
      traceId,
      spanId: i === 0 ? root : hex(8),
      parentSpanId: i === 0 ? undefined : root,
      traceState: '',
      flags: 0x101,
      name: i === 0 ? (isFanIn ? 'process-batch' : 'receive-order') : `operation-${(i * 7 + (n % 3)) % 20}`,
      kind: i === 0 ? 4 : 1,
      startTimeUnixNano: start + BigInt(i * 1_000),
      endTimeUnixNano: start + BigInt(i * 1_000 + 500_000 + (n % 977) * 1_000),
      attributes: attributesOf(n),
      droppedAttributesCount: 0,
      events: [],
      droppedEventsCount: 0,
      links: i === 0 && isFanIn ? linksOf(n) : [],
      droppedLinksCount: 0,
      status: { code: n % 50 ? 0 : 2, message: n % 50 ? '' : 'it failed' },
    };
  });
  roots[roots.length < 5_000 ? roots.length : made % 5_000] = { traceId, spanId: root };
  return trace;
}

// With 7 or 8 links a fan-in and 7.5 spans a trace, 0.14 links a span.
function linksOf(n) {
  return Array.from({ length: 7 + (n % 2) }, (_, i) => ({
    ...roots[(n * 31 + i * 17) % roots.length],
    traceState: '',
    attributes: [
      { key: 'messaging.message.id', value: `0190c3a2-7b9c-7e1e-8222-${String(n + i).padStart(12, '0')}` },
    ],
    droppedAttributesCount: 0,
    flags: 0x301,
  }));
}

function requestOf(n) {
  const service = SERVICES[n % SERVICES.length];
  const spans = [];
  while (spans.length < SPANS_PER_REQUEST) spans.push(...traceOf());
  spans.length = SPANS_PER_REQUEST;
  return {
    resourceSpans: [
      {
        resource: {
          attributes: [
            { key: 'service.name', value: service },
            { key: 'service.version', value: '1.4.0' },
            { key: 'host.name', value: 'bench' },
          ],
          droppedAttributesCount: 0,
        },
        scopeSpans: [
          {
            scope: { name: 'orders', version: '1.0.0', attributes: [], droppedAttributesCount: 0 },
            spans,
            schemaUrl: '',
          },
        ],
        schemaUrl: '',
      },
    ],
  };
}

/** CPU of the server's writing connections, in µs; NaN where /proc is not there. It says more than spans a second on a busy machine. */
async function serverCpuMicros(pool) {
  const { rows } = await pool.query(
    "SELECT pid FROM pg_stat_activity WHERE application_name = 'trace-store'",
  );
  try {
    // Clock ticks of 10 ms.
    const ticks = rows.map(({ pid }) => readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' '));
    return ticks.reduce((sum, fields) => sum + Number(fields[11]) + Number(fields[12]), 0) * 10_000;
  } catch {
    return NaN;
  }
}

/** Spans a second of one step, the making of requests left out. */
async function runStep(store, pool, spans) {
  let wallMs = 0;
  let nodeMicros = 0;
  const serverBefore = await serverCpuMicros(pool);
  for (let left = spans; left > 0;) {
    const round = [];
    for (; round.length < inFlight * 8 && left > 0; left -= SPANS_PER_REQUEST) round.push(requestOf(made));
    const startedAt = performance.now();
    const cpu = process.cpuUsage();
    let next = 0;
    const sender = async () => {
      while (next < round.length) await store.writer.write(round[next++]);
    };
    await Promise.all(Array.from({ length: inFlight }, sender));
    wallMs += performance.now() - startedAt;
    const { user, system } = process.cpuUsage(cpu);
    nodeMicros += user + system;
  }
  return {
    perSecond: Math.round((spans / wallMs) * 1_000),
    node: (nodeMicros / spans).toFixed(1),
    server: (((await serverCpuMicros(pool)) - serverBefore) / spans).toFixed(1),
  };
}

async function report(pool) {
  const { rows: sizes } = await pool.query(`
    SELECT relname AS name, relkind AS kind, pg_relation_size(oid) + CASE WHEN relkind = 'r' AND reltoastrelid <> 0
      THEN pg_total_relation_size(reltoastrelid) ELSE 0 END AS bytes
    FROM pg_class WHERE relnamespace = 'trace_explorer'::regnamespace AND relkind IN ('r', 'i') ORDER BY 3 DESC`);
  const { rows: counts } = await pool.query(
    'SELECT (SELECT count(*) FROM spans) AS spans, (SELECT count(*) FROM links) AS links, (SELECT count(*) FROM traces) AS traces, (SELECT sum(bytes) FROM traces) AS estimate',
  );
  const [{ spans, links, traces, estimate }] = counts;
  const all = sizes.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  console.log(`\n${spans} spans, ${links} links, ${traces} rows of traces`);
  for (const { name, kind, bytes } of sizes) {
    if (Number(bytes) < all / 1_000) continue;
    console.log(
      `${(Number(bytes) / spans).toFixed(1).padStart(8)} bytes a span  ${kind === 'i' ? 'index' : 'table'} ${name}`,
    );
  }
  console.log(`${(all / spans).toFixed(1).padStart(8)} bytes a span in all, ${(all / 1e6).toFixed(0)} MB`);
  console.log(`the estimate in traces.bytes is ${(Number(estimate) / all).toFixed(3)} of it`);
}

const server =
  process.argv[4] === undefined
    ? await startPostgresServer({
        settings: { fsync: 'on', full_page_writes: 'on', shared_buffers: '128MB' },
      })
    : undefined;
const url = process.argv[4] ?? (await server.createDatabase('bench'));
const store = await openTraceStore({ url, onTrouble: (sentence) => console.error(sentence) });
const pool = new pg.Pool({ connectionString: url, options: '-c search_path=trace_explorer' });
try {
  console.log(
    `Node.js ${process.version}, ${os.cpus().length} cores (${os.cpus()[0]?.model}), load ${os.loadavg()[0].toFixed(1)}`,
  );
  for (let step = 1; step <= STEPS; step++) {
    const { perSecond, node, server: postgres } = await runStep(store, pool, Math.ceil(total / STEPS));
    const rss = Math.round(process.memoryUsage().rss / 1e6);
    const cpu = `CPU µs a span: Node.js ${node}, Postgres ${postgres}`;
    console.log(
      `${String(Math.round((step * total) / STEPS)).padStart(9)} spans: ${perSecond} spans/s, ${cpu}, RSS ${rss} MB`,
    );
  }
  await report(pool);
} finally {
  await pool.end();
  await store.close();
  await server?.destroy();
}
