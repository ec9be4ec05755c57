// How long readers wait, on a store of many spans, idle and while 5,000 spans/s come in. Everything shares the machine's cores.
// Build first; then: node bench/read.bench.mjs [spans] [rounds]
import os from 'node:os';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { openTraceStore } from '../dist/index.js';
import { TraceReader } from '../dist/read/index.js';

const SPANS = Number(process.argv[2] ?? 1_000_000);
const ROUNDS = Number(process.argv[3] ?? 200);
const SPANS_PER_TRACE = 8;
const INGEST_PER_SECOND = 5_000;
const T0 = 1_790_000_000_000_000_000n;
const MS = 1_000_000n;

const hex = (n, length) => n.toString(16).padStart(length, '0');
// Scattered like real ids, so that neighbours in time are none in the index.
const traceId = (n) => hex((BigInt(n) * 0x9e3779b97f4a7c15n) & 0xffffffffffffffffn, 16) + hex(n, 16);
const spanId = (n) => hex((BigInt(n + 1) * 0xbf58476d1ce4e5b9n) & 0xffffffffffffffffn, 16);
const attributes = (record) => Object.entries(record).map(([key, value]) => ({ key, value }));
const SERVICES = ['orders-api', 'orders-batch', 'payments', 'stock', 'mail', 'gateway'];

function spanOf(trace, place, links, total) {
  const start = T0 + BigInt(trace) * MS + BigInt(place) * 100_000n;
  const n = trace * SPANS_PER_TRACE + place;
  // One in a hundred takes long; the other durations spread below 60 ms.
  const duration = n % 100 === 7 ? 500n + BigInt(n % 1000) : BigInt(n % 60);
  return {
    traceId: traceId(trace),
    spanId: spanId(n),
    parentSpanId: place === 0 ? undefined : spanId(trace * SPANS_PER_TRACE),
    traceState: '',
    flags: 0x101,
    name: place === 0 && links.length > 0 ? 'process-batch' : `operation-${(trace + place * 7) % 40}`,
    kind: 1 + (place % 5),
    startTimeUnixNano: start,
    endTimeUnixNano: start + duration * MS,
    attributes: attributes({
      'http.request.method': 'POST',
      'http.response.status_code': n % 50 === 0 ? 500n : 201n,
      'url.path': `/orders/${trace}`,
      'order.id': `order-${trace}`,
      'messaging.message.id': `0190c3a2-7b9c-7e1e-8222-${hex(n, 12)}`,
      'server.address': 'orders-api.internal',
      'server.port': 8080n,
      'order.total': n * 1.07,
      ...(links.length > 0 && place === 0 && { 'batch.size': BigInt(total) }),
    }),
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: place === 0 ? links : [],
    droppedLinksCount: 0,
    status: { code: n % 50 === 0 ? 2 : 0, message: '' },
  };
}

/** A link to the root of an earlier trace. */
function linkTo(trace) {
  return {
    traceId: traceId(trace),
    spanId: spanId(trace * SPANS_PER_TRACE),
    traceState: '',
    flags: 0x301,
    attributes: attributes({ 'messaging.message.id': `m-${trace}`, 'spanlinks.relation': 'origin' }),
    droppedAttributesCount: 0,
  };
}

/** Every eighth trace is a batch over the seven before it. */
function linksOf(trace) {
  if (trace % 8 !== 7) return [];
  return Array.from({ length: 7 }, (_, n) => linkTo(trace - 7 + n));
}

function request(traces) {
  return {
    resourceSpans: SERVICES.map((service, index) => ({
      resource: { attributes: attributes({ 'service.name': service }), droppedAttributesCount: 0 },
      scopeSpans: [
        {
          scope: { name: 'bench', version: '1', attributes: [], droppedAttributesCount: 0 },
          spans: traces
            .flatMap(({ trace, links }) =>
              Array.from({ length: SPANS_PER_TRACE }, (_, place) => [
                (trace + place) % SERVICES.length,
                spanOf(trace, place, links, links.length),
              ]),
            )
            .filter(([of]) => of === index)
            .map(([, span]) => span),
          schemaUrl: '',
        },
      ],
      schemaUrl: '',
    })),
  };
}

let nextTrace = 0;
async function write(writer, count) {
  const traces = Array.from({ length: count }, () => ({ trace: nextTrace, links: linksOf(nextTrace++) }));
  await writer.write(request(traces));
}

async function fill(writer) {
  const began = performance.now();
  while (nextTrace < SPANS / SPANS_PER_TRACE) await Promise.all([1, 2, 3, 4].map(() => write(writer, 64)));
  const big = { hundred: nextTrace++, tenThousand: nextTrace++ };
  const spread = (count) =>
    Array.from({ length: count }, (_, n) => linkTo(Math.floor((n * (nextTrace - 10)) / count)));
  await writer.write(request([{ trace: big.hundred, links: spread(100) }]));
  await writer.write(request([{ trace: big.tenThousand, links: spread(Math.min(10_000, nextTrace - 10)) }]));
  console.log(`${nextTrace * SPANS_PER_TRACE} spans in ${((performance.now() - began) / 1000).toFixed(1)} s`);
  return big;
}

const term = (more) => ({ from: 0, to: 1, ...more });
const search = (...terms) => ({ terms: terms.map(term) });
const attribute = (key, value, operator = '=') => ({ field: 'attribute', key, operator, values: [value] });

function questions(reader, big) {
  let n = 0;
  // Another trace each time: neither cache is to answer for the store.
  const some = () => (n = (n * 1103515245 + 12345) % (nextTrace - 300));
  const root = (trace) => [traceId(trace), spanId(trace * SPANS_PER_TRACE)];
  const out = (trace, more) => reader.links(...root(trace), { direction: 'out', limit: 100, ...more });
  const page = { limit: 50 };
  let cursor = null;
  return {
    'recent traces': () => reader.searchTraces(search(), page),
    'recent spans': () => reader.searchSpans(search(), page),
    'open trace': () => reader.trace(traceId(some())),
    'span detail': () => reader.span(...root(some())),
    '100 links': () => out(big.hundred),
    '100 of 10,000 links, page by page': async () => {
      cursor = (await out(big.tenThousand, { cursor })).nextCursor;
    },
    '100 of 10,000 links, nothing remembered': () =>
      new TraceReader(reader.pool).links(...root(big.tenThousand), { direction: 'out', limit: 100 }),
    '100 of 10,000 links by gap': () => out(big.tenThousand, { sort: 'gap' }),
    'all 10,000 links': () => reader.linksJson(...root(big.tenThousand), { direction: 'out', limit: 10_000 }),
    backlinks: () => reader.links(...root(some()), { direction: 'in', limit: 100 }),
    'traces, attribute of one trace': () =>
      reader.searchTraces(search(attribute('order.id', `order-${some()}`)), page),
    'spans, attribute of one span': () =>
      reader.searchSpans(
        search(attribute('messaging.message.id', `0190c3a2-7b9c-7e1e-8222-${hex(some(), 12)}`)),
        page,
      ),
    'traces, attribute of every span': () =>
      reader.searchTraces(search(attribute('http.request.method', 'POST')), page),
    'spans, attribute of every 50th span': () =>
      reader.searchSpans(search(attribute('http.response.status_code', '500')), page),
    'traces, attribute of none': () => reader.searchTraces(search(attribute('order.id', 'none')), page),
    'traces, attribute contains, of none': () =>
      reader.searchTraces(search(attribute('order.id', 'none', '~')), page),
    'spans, attribute contains, of none': () =>
      reader.searchSpans(search(attribute('order.id', 'none', '~')), page),
    'traces, service and duration': () =>
      reader.searchTraces(
        search(
          { field: 'service', operator: '=', values: ['payments'] },
          { field: 'duration', operator: '>', valueNs: 500e6 },
        ),
        page,
      ),
    'spans, service and duration of none': () =>
      reader.searchSpans(
        search(
          { field: 'service', operator: '=', values: ['payments'] },
          { field: 'duration', operator: '>', valueNs: 60e9 },
        ),
        page,
      ),
    'traces with errors': () =>
      reader.searchTraces(search({ field: 'status', operator: '=', values: ['error'] }), page),
    'traces, links>100': () =>
      reader.searchTraces(search({ field: 'links', operator: '>', value: 100 }), page),
    'traces, has:backlinks': () =>
      reader.searchTraces(search({ field: 'has', what: 'backlinks', negated: false }), page),
    'traces, link.traceId': () =>
      reader.searchTraces(search({ field: 'link.traceId', operator: '=', values: [traceId(some())] }), page),
    'traces, link attribute of one': () =>
      reader.searchTraces(
        search({ field: 'link', key: 'messaging.message.id', operator: '=', values: [`m-${some()}`] }),
        page,
      ),
    'spans, span id alone': () =>
      reader.searchSpans(search({ field: 'span', operator: '=', values: [spanId(some())] }), page),
    'graph of a trace': () => reader.graph(traceId(some())),
    'graph of 10,000 links': () => reader.graph(traceId(big.tenThousand)),
    services: () => reader.services(),
    stats: () => reader.stats(),
    dependencies: () => reader.dependencies(0n, 2n ** 62n),
  };
}

async function ask(name, question) {
  const times = [];
  await question();
  const deadline = performance.now() + 5_000;
  do {
    const began = performance.now();
    await question();
    times.push(performance.now() - began);
  } while (times.length < ROUNDS && performance.now() < deadline);
  times.sort((a, b) => a - b);
  const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))].toFixed(1);
  console.log(
    `${name.padEnd(42)} p50 ${at(0.5).padStart(7)}  p95 ${at(0.95).padStart(7)} ms  (${times.length})`,
  );
}

async function askAll(title, reader, big) {
  console.log(`\n${title}, load ${os.loadavg()[0].toFixed(1)}`);
  for (const [name, question] of Object.entries(questions(reader, big))) await ask(name, question);
}

/** @returns what ends it, with how many spans a second came in. */
function ingest(writer) {
  let isRunning = true;
  const began = performance.now();
  const firstTrace = nextTrace;
  const rate = () => ((nextTrace - firstTrace) * SPANS_PER_TRACE) / ((performance.now() - began) / 1000);
  const loop = (async () => {
    while (isRunning) {
      if (rate() < INGEST_PER_SECOND) await write(writer, 64);
      else await new Promise((resolve) => setTimeout(resolve, 5));
    }
  })();
  return async () => {
    const reached = rate();
    isRunning = false;
    await loop;
    return reached;
  };
}

const server = await startPostgresServer({
  settings: { shared_buffers: '128MB', fsync: 'on', full_page_writes: 'on' },
});
try {
  const url = await server.createDatabase('bench');
  const store = await openTraceStore({ url, readTimeoutMs: 30_000 });
  const big = await fill(store.writer);
  const reader = new TraceReader(store.readers);
  await askAll('idle', reader, big);
  const stop = ingest(store.writer);
  await askAll(`while ${INGEST_PER_SECOND} spans/s come in`, reader, big);
  console.log(`\ncame in: ${Math.round(await stop())} spans/s`);
  await store.close();
} finally {
  await server.destroy();
}
