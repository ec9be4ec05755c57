// The cost of the journal per span: CPU time of the process for start and end, through the SDK, with the journal and
// without it, in turns. CPU time does not depend on other processes of the machine; the wall time is shown beside it.
// Run `npx tsc -b tsconfig.build.json` first, then: node bench/journal.mjs [rounds=40]
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { linkSafeProcessor } from '../dist/sdk/index.js';

const { tracing } = createRequire(import.meta.url)('@opentelemetry/sdk-node');
const rounds = Number(process.argv[2] ?? 40);
const TARGETS = { 0: 1, 1: 30, 128: 180 };
const SPANS = { 0: 20_000, 1: 2_000, 10: 1_000, 100: 300, 128: 300 };

// On the disk, because the folder for temporary files may be memory.
const folder = mkdtempSync(join(process.env.BENCH_FOLDER ?? tmpdir(), 'journal-bench-'));
const ways = [
  { name: 'off', tracer: tracerOf('off') },
  { name: 'on', tracer: tracerOf(folder) },
];

const rows = [];
for (const [links, spans] of Object.entries(SPANS)) {
  const lists = Array.from({ length: 50 }, () => Array.from({ length: Number(links) }, link));
  const micros = { off: [], on: [] };
  for (let round = -5; round < rounds; round++) {
    for (const { name, tracer } of round % 2 === 0 ? ways : [...ways].reverse()) {
      const spent = makeSpans(tracer, lists, spans);
      if (round >= 0) micros[name].push(spent);
      // Exports, acknowledgements and emptied files happen here.
      for (let turn = 0; turn < 20; turn++) await nextTurn();
    }
  }
  const differences = (of) => micros.on.map((on, round) => on[of] - micros.off[round][of]);
  rows.push({
    'links a span': Number(links),
    'CPU without, µs': median(micros.off.map(({ cpu }) => cpu)).toFixed(2),
    'CPU with, µs': median(micros.on.map(({ cpu }) => cpu)).toFixed(2),
    'journal, CPU µs (median of pairs)': median(differences('cpu')).toFixed(2),
    'journal, wall µs (median, least of pairs)': `${median(differences('wall')).toFixed(2)}, ${Math.min(...differences('wall')).toFixed(2)}`,
    target: TARGETS[links] ?? '',
  });
}
console.log(
  `${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
);
console.table(rows);
rmSync(folder, { recursive: true, force: true });
process.exit();

function tracerOf(journal) {
  // Takes everything at once, so that the queue never fills.
  const exporter = { export: (_spans, done) => done({ code: 0 }), shutdown: async () => {} };
  const processor = linkSafeProcessor(exporter, { journal, maxQueueSize: 100_000, log: () => {} });
  return new tracing.BasicTracerProvider({ spanProcessors: [processor] }).getTracer('bench');
}

function makeSpans(tracer, lists, spans) {
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  for (let index = 0; index < spans; index++) {
    const attributes = { 'batch.size': 100, 'batch.id': 'b-1' };
    tracer.startSpan('process-batch', { links: lists[index % lists.length], attributes, root: true }).end();
  }
  const { user, system } = process.cpuUsage(cpuBefore);
  return { cpu: (user + system) / spans, wall: ((performance.now() - startedAt) * 1000) / spans };
}

function link() {
  const hex = () => randomUUID().replaceAll('-', '');
  return {
    context: { traceId: hex(), spanId: hex().slice(0, 16), traceFlags: 1, isRemote: true },
    attributes: { 'messaging.message.id': randomUUID(), 'spanlinks.relation': 'origin' },
  };
}

function median(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
}
