// The cost of links: links built per second beside a plain `propagator.extract` loop, the growth of a fan-in with its
// sources, and the time that the helpers add to an order. Run `npx tsc -b tsconfig.build.json` first, then
//   node --expose-gc bench/links.mjs [rounds=41]
// Without --expose-gc the memory column is not printed. Variants take turns in every round. A figure is the median of
// its rounds, a ratio or a difference the median of those within a round, so a machine that changes speed does not skew
// it.
import { context, defaultTextMapGetter, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { collectLinks, inSpan, startFanIn } from '../dist/index.js';

const ROUNDS = Number(process.argv[2] ?? 41);
const WARM_UP_ROUNDS = 10;
const LINKS_A_ROUND = 20_000;
const ORDERS_A_ROUND = 4_000;
const LINK_LIMIT = 128;
const TARGET_RATIO = 3;
const TARGET_ADDED_US = 5;

const propagator = new W3CTraceContextPropagator();
const rowTexts = new Map();
const tracer = new BasicTracerProvider().getTracer('bench');
context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());

console.log('\nLinks built per second');
console.table(
  [100, 1_000, 10_000].flatMap((size) => [linksPerSecond(size, true), linksPerSecond(size, false)]),
);
console.log('\nA fan-in as its sources grow');
console.table([1_000, 10_000, 100_000].map(fanInOf));
console.log(`\nAdded by the helpers to an order, without an exporter (target: under ${TARGET_ADDED_US} µs)`);
console.table([100, 1_000].map(addedPerOrder));

function linksPerSecond(size, withAttributes) {
  const repeats = LINKS_A_ROUND / size;
  const build = (one) => (batches) => batches.reduce((count, batch) => count + one(batch), 0);
  const times = inTurns(
    {
      plain: build((sources) => plainLinks(sources).length),
      collectLinks: build((sources) => collectLinks(sources).links.length),
      startFanIn: build((sources) => startFanIn(tracer, 'process-batch', sources).links.links.length),
    },
    () => Array.from({ length: repeats }, () => sourcesAsRead(size, withAttributes)),
    (count) => count === LINKS_A_ROUND,
  );
  const ratio = median(times.plain.map((plainMs, round) => plainMs / times.collectLinks[round]));
  return {
    sources: size,
    attributes: withAttributes ? 'message id' : 'none',
    'extract loop, links/s': perSecond(LINKS_A_ROUND, times.plain),
    'collectLinks, links/s': perSecond(LINKS_A_ROUND, times.collectLinks),
    'startFanIn, links/s': perSecond(LINKS_A_ROUND, times.startFanIn),
    'collectLinks ÷ loop': ratio.toFixed(2),
    [`target ${TARGET_RATIO}`]: ratio >= TARGET_RATIO ? 'met' : 'missed',
  };
}

// The usual code without a library. It does not deduplicate sources, count them, or set the relation of a link.
function plainLinks(sources) {
  const links = [];
  for (const { carrier, attributes } of sources) {
    const extracted = propagator.extract(ROOT_CONTEXT, carrier, defaultTextMapGetter);
    const spanContext = trace.getSpanContext(extracted);
    if (spanContext) links.push(attributes ? { context: spanContext, attributes } : { context: spanContext });
  }
  return links;
}

function fanInOf(size) {
  const rounds = Math.max(5, Math.floor(ROUNDS / 4));
  let heapMb;
  const { fanIn } = inTurns(
    {
      fanIn: (sources) => {
        const started = startFanIn(tracer, 'process-batch', sources);
        started.end();
        return started;
      },
    },
    () => sourcesAsRead(size, true),
    (started, sources) => {
      heapMb ??= heldBy(sources);
      return started.parts.length === Math.ceil(size / LINK_LIMIT);
    },
    rounds,
  );
  return {
    sources: size,
    spans: Math.ceil(size / LINK_LIMIT),
    ms: median(fanIn).toFixed(2),
    'ms per 1,000': (median(fanIn) / (size / 1_000)).toFixed(3),
    'heap held, MB': heapMb?.toFixed(1),
    'KB per 1,000': heapMb === undefined ? undefined : ((heapMb * 1_024) / (size / 1_000)).toFixed(0),
  };
}

// The memory that a fan-in keeps alive while it runs, beside the rows themselves.
function heldBy(sources) {
  if (!globalThis.gc) return undefined;
  globalThis.gc();
  const before = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
  const fanIn = startFanIn(tracer, 'process-batch', sources);
  globalThis.gc();
  const held = process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers - before;
  fanIn.end();
  return held / 1_048_576;
}

function addedPerOrder(size) {
  const repeats = ORDERS_A_ROUND / size;
  const batchesAsRead = () => Array.from({ length: repeats }, () => sourcesAsRead(size, true));
  const each = (one) => (batches) => {
    for (const batch of batches) one(batch);
    return batches.length;
  };
  const times = inTurns(
    {
      spansOnly: each((sources) => byHand(sources, [])),
      byHand: each((sources) => byHand(sources, plainLinks(sources))),
      helpers: each(throughHelpers),
    },
    batchesAsRead,
    (batches) => batches === repeats,
  );
  const us = (samples) => (samples * 1_000) / ORDERS_A_ROUND;
  const added = (to) => median(times.helpers.map((helpersMs, round) => us(helpersMs - to[round])));
  return {
    'orders a batch': size,
    'spans without links, µs': us(median(times.spansOnly)).toFixed(2),
    'by hand, extract loop, µs': us(median(times.byHand)).toFixed(2),
    'helpers, µs': us(median(times.helpers)).toFixed(2),
    'added to spans without links, µs': added(times.spansOnly).toFixed(2),
    'added to by hand, µs': added(times.byHand).toFixed(2),
    target: added(times.spansOnly) < TARGET_ADDED_US ? 'met' : 'missed',
  };
}

function byHand(sources, links) {
  const attributes = { 'batch.size': sources.length };
  const options = { root: true, kind: SpanKind.CONSUMER, links, attributes };
  const batch = tracer.startSpan('process-batch', options, ROOT_CONTEXT);
  const inBatch = trace.setSpan(ROOT_CONTEXT, batch);
  for (let position = 0; position < sources.length; position++) {
    tracer.startActiveSpan('reconcile-order', {}, inBatch, (span) => {
      reconcile(span);
      span.end();
    });
  }
  batch.end();
}

function throughHelpers(sources) {
  const fanIn = startFanIn(tracer, 'process-batch', sources);
  for (let position = 0; position < sources.length; position++) {
    inSpan(tracer, 'reconcile-order', {}, reconcile, fanIn.contextOf(position));
  }
  fanIn.end();
}

function reconcile(span) {
  span.setAttribute('order.status', 'reconciled');
}

/** Runs each variant once a round, in a rotating order. @returns the milliseconds of each, round by round. */
function inTurns(variants, input, isRight, rounds = ROUNDS) {
  const entries = Object.entries(variants);
  const times = Object.fromEntries(entries.map(([name]) => [name, []]));
  for (let round = -WARM_UP_ROUNDS; round < rounds; round++) {
    for (let turn = 0; turn < entries.length; turn++) {
      const [name, run] = entries[(turn + Math.abs(round)) % entries.length];
      const given = input();
      const startMs = performance.now();
      const result = run(given);
      const tookMs = performance.now() - startMs;
      if (!isRight(result, given)) throw new Error(`${name} made an unexpected result`);
      if (round >= 0) times[name].push(tookMs);
    }
  }
  return times;
}

// Through JSON, as a driver gives a `jsonb` column: new strings without a cached hash.
function sourcesAsRead(size, withAttributes) {
  const key = `${size} ${withAttributes}`;
  const text = rowTexts.get(key) ?? JSON.stringify(rows(size, withAttributes));
  rowTexts.set(key, text);
  return JSON.parse(text);
}

function rows(size, withAttributes) {
  return Array.from({ length: size }, (_, index) => {
    const carrier = { traceparent: `00-${hexOf(index, 32)}-${hexOf(index, 16)}-01` };
    return withAttributes
      ? { carrier, attributes: { 'messaging.message.id': `order-${index}` } }
      : { carrier };
  });
}

// Spread over all digits, as ids are.
function hexOf(index, length) {
  let hex = '';
  for (let state = index + 1; hex.length < length;) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    hex += state.toString(16).padStart(8, '0');
  }
  return hex;
}

function perSecond(count, timesMs) {
  return Math.round(count / (median(timesMs) / 1_000)).toLocaleString('en');
}

function median(samples) {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}
