// Spans per second through SDK, queue and OTLP/HTTP to a sink that only says 200: ExportQueue beside the SDK's
// BatchSpanProcessor, each in its own process. Run `npx tsc -b tsconfig.build.json` first, then
//   node bench/export-queue.mjs [batches=400] [orders in a batch=100]
import { fork } from 'node:child_process';
import { createServer } from 'node:http';
import { createRequire } from 'node:module';
import { randomUUID } from 'node:crypto';
import { ROOT_CONTEXT, TraceFlags, trace } from '@opentelemetry/api';

const VARIANTS = {
  'BatchSpanProcessor, official exporter': { queue: 'bsp' },
  'ExportQueue, 1 export at once, no waiting': { queue: 'ours', concurrency: 1 },
  'ExportQueue, 1 export at once, exportRoom': { queue: 'ours', concurrency: 1, wait: true },
  'ExportQueue, 2 exports at once, exportRoom': { queue: 'ours', concurrency: 2, wait: true },
};

if (process.argv[2] === '--worker') await work(JSON.parse(process.argv[3]));
else if (process.argv[2] === '--sink') sink();
else await compare(Number(process.argv[2] ?? 400), Number(process.argv[3] ?? 100));

async function compare(batches, orders) {
  const sinkProcess = fork(import.meta.filename, ['--sink']);
  const port = await new Promise((resolve) => sinkProcess.once('message', resolve));
  const rows = [];
  for (const round of [1, 2, 3]) {
    for (const [name, variant] of Object.entries(VARIANTS)) {
      const options = { ...variant, port, batches, orders };
      const worker = fork(import.meta.filename, ['--worker', JSON.stringify(options)]);
      rows.push({ round, name, ...(await new Promise((resolve) => worker.once('message', resolve))) });
    }
  }
  console.table(rows);
  sinkProcess.kill();
}

function sink() {
  const server = createServer((request, response) => {
    request.resume().on('end', () => response.end());
  });
  server.listen(0, '127.0.0.1', () => process.send(server.address().port));
}

async function work({ queue, concurrency, wait, port, batches, orders }) {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = `http://127.0.0.1:${port}`;
  const { tracing } = createRequire(import.meta.url)('@opentelemetry/sdk-node');
  const sent = { spans: 0, linkBearing: 0 };
  const processor = await (queue === 'bsp'
    ? batchSpanProcessor(tracing, sent)
    : exportQueue(concurrency, sent));
  const provider = new tracing.BasicTracerProvider({ spanProcessors: [processor] });
  const tracer = provider.getTracer('bench');
  const startMs = performance.now();
  const startCpu = process.cpuUsage();
  let peakRss = 0;
  for (let batch = 0; batch < batches; batch++) {
    if (wait) await processor.room(orders + 1);
    reconcile(tracer, orders);
    await new Promise(setImmediate);
    peakRss = Math.max(peakRss, process.memoryUsage.rss());
  }
  await processor.forceFlush();
  const seconds = (performance.now() - startMs) / 1000;
  const { user, system } = process.cpuUsage(startCpu);
  const ended = batches * (orders + 1);
  process.send({
    'spans/s exported': Math.round(sent.spans / seconds),
    'µs CPU/span': Number(((user + system) / sent.spans).toFixed(1)),
    'lost %': Number((100 - (sent.spans / ended) * 100).toFixed(1)),
    'batch spans lost': batches - sent.linkBearing,
    'peak MB': Math.round(peakRss / 1e6),
  });
  process.disconnect();
  await processor.shutdown();
}

/** One batch span with a link for each order, and a span for each order below it, ended in one go. */
function reconcile(tracer, orders) {
  const links = Array.from({ length: orders }, () => ({
    context: { traceId: hex(32), spanId: hex(16), traceFlags: TraceFlags.SAMPLED, isRemote: true },
    attributes: { 'order.id': randomUUID() },
  }));
  const parent = tracer.startSpan('process-batch', {
    root: true,
    links,
    attributes: { 'batch.size': orders },
  });
  const context = trace.setSpan(ROOT_CONTEXT, parent);
  for (let order = 0; order < orders; order++) {
    const attributes = { 'order.id': randomUUID(), 'order.total': order, 'order.status': 'reconciled' };
    tracer.startSpan('reconcile-order', { attributes }, context).end();
  }
  parent.end();
}

function hex(length) {
  return randomUUID().replaceAll('-', '').slice(0, length);
}

function counting(exporter, sent) {
  const send = exporter.export.bind(exporter);
  exporter.export = (spans, done) =>
    send(spans, (result) => {
      if (result.code === 0) {
        sent.spans += spans.length;
        sent.linkBearing += spans.filter((span) => span.links.length > 0).length;
      }
      done(result);
    });
  return exporter;
}

function batchSpanProcessor(tracing, sent) {
  const sdkNode = createRequire(import.meta.url).resolve('@opentelemetry/sdk-node');
  const { OTLPTraceExporter } = createRequire(sdkNode)('@opentelemetry/exporter-trace-otlp-proto');
  return new tracing.BatchSpanProcessor(counting(new OTLPTraceExporter(), sent));
}

async function exportQueue(concurrency, sent) {
  const { ExportQueue } = await import('../dist/sdk/export-queue.js');
  const { OtlpHttpExporter } = await import('../dist/sdk/otlp-http-exporter.js');
  return new ExportQueue({
    exporter: counting(new OtlpHttpExporter('traces', 'http/protobuf'), sent),
    destination: 'the sink',
    maxQueueSize: 8192,
    maxExportBatchSize: 512,
    scheduleDelayMs: 5000,
    exportTimeoutMs: 30_000,
    concurrency,
    log: (line) => console.error(line),
  });
}
