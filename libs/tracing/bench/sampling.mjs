// The share of sampled requests that can be followed to the batch that handled them, and its cost in spans: a ratio
// sampler beside LinkSampler, through the SDK and startFanIn, with trace ids from a seeded generator, so that every run
// prints the same table. Run `npx tsc -b tsconfig.build.json` first, then
//   node bench/sampling.mjs [requests=200000]
// Exits with 1 if a share of kept batches is more than four standard deviations from the theory.
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api';
import {
  AlwaysOffSampler,
  BasicTracerProvider,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
} from '@opentelemetry/sdk-trace-base';
import { carrierOf, startFanIn } from '../dist/index.js';
import { LinkSampler } from '../dist/sampler/index.js';

const HEAD_RATIO = 0.01;
const BATCH_SIZES = [1, 10, 100, 1_000];
const REQUESTS = Math.floor(Number(process.argv[2] ?? 200_000) / 1_000) * 1_000;
// A request of this project's demo, and a batch: the root (with its parts) and a child for each order.
const SPANS_A_REQUEST = 5;
const LINKS_A_SPAN = 128;

const ratio = () => new TraceIdRatioBasedSampler(HEAD_RATIO);
const byLinks = (fallback, keepWhen) => new LinkSampler({ fallback, keepWhen, maxExtraPerSecond: Infinity });
const missedAll = (tries) => (1 - HEAD_RATIO) ** tries;
const SAMPLERS = [
  { name: 'ratio 1 %', root: ratio(), expected: () => HEAD_RATIO },
  { name: 'any, else ratio 1 %', root: byLinks(ratio(), 'any'), expected: (size) => 1 - missedAll(size + 1) },
  {
    name: 'any, else none',
    root: byLinks(new AlwaysOffSampler(), 'any'),
    expected: (size) => 1 - missedAll(size),
  },
];

let failed = false;
const requests = receive();
print(
  'followed',
  SAMPLERS.flatMap((sampler) => BATCH_SIZES.map((size) => compare(sampler, size))),
);
print('cost', [1, 100, 128, 10_000].map(decisionCost));
process.exitCode = failed ? 1 : 0;

function receive() {
  const tracer = tracerWith(ratio(), 1);
  return Array.from({ length: REQUESTS }, () => {
    const spanContext = tracer.startSpan('receive-order', { root: true }).spanContext();
    return { carrier: carrierOf(spanContext), sampled: (spanContext.traceFlags & 1) === 1 };
  });
}

function compare({ name, root, expected }, size) {
  const tracer = tracerWith(root, 2);
  const batches = REQUESTS / size;
  let kept = 0;
  let sampled = 0;
  let followed = 0;
  for (let start = 0; start < REQUESTS; start += size) {
    const sources = requests.slice(start, start + size);
    const { span } = startFanIn(tracer, 'process-batch', sources);
    const here = sources.filter((request) => request.sampled).length;
    sampled += here;
    if (!span.isRecording()) continue;
    kept++;
    followed += here;
  }
  const share = expected(size);
  const deviation = Math.sqrt((share * (1 - share)) / batches);
  if (Math.abs(kept / batches - share) > 4 * deviation) failed = true;
  const batchSpans = kept * (size + Math.ceil(size / LINKS_A_SPAN));
  return {
    'batch root is sampled by': name,
    'batch size': size,
    'sampled requests': sampled,
    'followed to their batch': percent(followed / sampled),
    'batches kept': percent(kept / batches),
    'by theory': percent(share),
    'spans of batches per 1,000 requests': ((batchSpans / REQUESTS) * 1_000).toFixed(0),
    'all spans, ratio 1 % = 1': (
      (sampled * SPANS_A_REQUEST + batchSpans) /
      (sampled * SPANS_A_REQUEST + HEAD_RATIO * batches * (size + Math.ceil(size / LINKS_A_SPAN)))
    ).toFixed(1),
  };
}

// The worst case of each rule: only the last source is sampled, so every link is read.
function decisionCost(size) {
  const links = requests.slice(0, size).map(({ carrier }, index) => {
    const [, traceId, spanId] = carrier.traceparent.split('-');
    return { context: { traceId, spanId, traceFlags: index === size - 1 ? 1 : 0 } };
  });
  const time = (keepWhen) => {
    const sampler = byLinks(new AlwaysOffSampler(), keepWhen);
    const rounds = Math.max(100, Math.floor(200_000 / size));
    let startMs = 0;
    for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
      if (round === 0) startMs = performance.now();
      sampler.shouldSample(ROOT_CONTEXT, 'a'.repeat(32), 'process-batch', SpanKind.CONSUMER, {}, links);
    }
    return (((performance.now() - startMs) / rounds) * 1_000).toFixed(1);
  };
  return { links: size, 'µs a decision, any': time('any'), 'µs a decision, all': time('all') };
}

function tracerWith(root, seed) {
  const next = random(seed);
  const hex = (words) => Array.from({ length: words }, () => next().toString(16).padStart(8, '0')).join('');
  const provider = new BasicTracerProvider({
    sampler: new ParentBasedSampler({ root }),
    idGenerator: { generateTraceId: () => hex(4), generateSpanId: () => hex(2) },
  });
  return provider.getTracer('bench');
}

/** xorshift128: 32 bits a call, the same for a seed on every machine. */
function random(seed) {
  let [x, y, z, w] = [seed, 362436069, 521288629, 88675123];
  return () => {
    const t = x ^ (x << 11);
    [x, y, z] = [y, z, w];
    w = (w ^ (w >>> 19) ^ t ^ (t >>> 8)) >>> 0;
    return w;
  };
}

function percent(share) {
  return `${(share * 100).toFixed(1)} %`;
}

function print(title, rows) {
  const names = Object.keys(rows[0]);
  const line = (cells) => `| ${cells.join(' | ')} |`;
  console.log(
    [
      `\n${title}`,
      line(names),
      line(names.map(() => '---')),
      ...rows.map((row) => line(Object.values(row))),
    ].join('\n'),
  );
}
