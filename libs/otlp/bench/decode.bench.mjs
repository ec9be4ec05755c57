// Decoded spans per second on one core, compared with protobufjs' reflection and a bare JSON.parse
// in the same run. The decoders take turns and each keeps its best turn, so other work on the
// machine does not slow down only one of them. Build first; then: node bench/decode.bench.mjs
// [turns]
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { ROOT_CONTEXT, SpanKind, TraceFlags, trace } from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import {
  BasicTracerProvider,
  InMemorySpanExporter,
  SimpleSpanProcessor,
} from '@opentelemetry/sdk-trace-base';
import protobuf from 'protobufjs';
import { decodeTracesJson, decodeTracesProtobuf } from '../dist/index.js';
import { countSpansProtobuf } from '../dist/count-spans.js';

const SPANS_PER_REQUEST = 512;
const TURN_SECONDS = 0.3;
const turns = Number(process.argv[2] ?? 8);

const schema = JSON.parse(readFileSync(new URL('../test/otlp-trace-schema.json', import.meta.url), 'utf8'));
const Reflected = protobuf.Root.fromJSON(schema).lookupType('ExportTraceServiceRequest');

/** Spans as the SDK makes them: `count` spans in traces of eight, with `attributes` and `links` each. */
function recordSpans(count, attributes, links) {
  const memory = new InMemorySpanExporter();
  const provider = new BasicTracerProvider({ spanProcessors: [new SimpleSpanProcessor(memory)] });
  const tracer = provider.getTracer('orders', '1.0.0');
  let parent = ROOT_CONTEXT;
  for (let i = 0; i < count; i++) {
    if (i % 8 === 0) parent = ROOT_CONTEXT;
    const options = {
      kind: SpanKind.INTERNAL,
      attributes: attributesOf(i, attributes),
      links: linksOf(i, links),
    };
    const span = tracer.startSpan(`operation-${i % 20}`, options, parent);
    span.end();
    if (i % 8 === 0) parent = trace.setSpan(ROOT_CONTEXT, span);
  }
  return memory.getFinishedSpans();
}

function attributesOf(i, count) {
  const all = {
    'http.request.method': 'POST',
    'http.response.status_code': 201,
    'url.path': `/orders/${i}`,
    'orders.total': i * 1.07,
    'orders.first': i % 2 === 0,
    'messaging.message.id': `0190c3a2-7b9c-7e1e-8222-${String(i).padStart(12, '0')}`,
    'server.address': 'orders-api.internal',
    'server.port': 8080,
  };
  return Object.fromEntries(Object.entries(all).slice(0, count));
}

function linksOf(i, count) {
  return Array.from({ length: count }, (_, n) => ({
    context: {
      traceId: `${'7'.repeat(24)}${String(i * count + n + 1).padStart(8, '0')}`,
      spanId: `77777777${String(n + 1).padStart(8, '0')}`,
      traceFlags: TraceFlags.SAMPLED,
    },
    attributes: { 'messaging.message.id': `0190c3a2-7b9c-7e1e-8222-${String(n).padStart(12, '0')}` },
  }));
}

/** The spans per second of one turn. */
function measure(decode) {
  const start = performance.now();
  let seconds = 0;
  let requests = 0;
  while (seconds < TURN_SECONDS) {
    decode();
    requests++;
    seconds = (performance.now() - start) / 1000;
  }
  return (requests * SPANS_PER_REQUEST) / seconds;
}

const rows = [];
for (const [load, attributes, links] of [
  ['small: 2 attributes', 2, 0],
  ['usual: 8 attributes', 8, 0],
  ['batch: 2 attributes, 10 links', 2, 10],
]) {
  const spans = recordSpans(SPANS_PER_REQUEST, attributes, links);
  const bytes = ProtobufTraceSerializer.serializeRequest(spans);
  const json = JsonTraceSerializer.serializeRequest(spans);
  const text = new TextDecoder().decode(json);
  const decoders = {
    decodeTracesProtobuf: () => decodeTracesProtobuf(bytes),
    'protobufjs reflection': () => Reflected.decode(bytes),
    'count only': () => countSpansProtobuf(bytes),
    decodeTracesJson: () => decodeTracesJson(json),
    'JSON.parse alone': () => JSON.parse(text),
  };
  const best = Object.fromEntries(Object.keys(decoders).map((decoder) => [decoder, 0]));
  for (let turn = 0; turn < turns; turn++) {
    for (const decoder of Object.keys(decoders)) {
      best[decoder] = Math.max(best[decoder], measure(decoders[decoder]));
    }
  }
  for (const [decoder, spansPerSecond] of Object.entries(best)) {
    const size = /json/i.test(decoder) ? json.length : bytes.length;
    rows.push({
      load,
      decoder,
      'bytes/span': Math.round(size / SPANS_PER_REQUEST),
      'spans/s': Math.round(spansPerSecond).toLocaleString('en'),
    });
  }
}
console.log(`Node.js ${process.version}, ${os.cpus()[0]?.model}, ${SPANS_PER_REQUEST} spans a request`);
console.table(rows);
