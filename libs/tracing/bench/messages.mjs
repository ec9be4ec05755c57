// The cost of a consumer per message: the library compared with the same spans without links, attributes or waits.
//
//   node bench/messages.mjs [rounds]
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { messageConsumer } from '../dist/index.js';
import { kafkaConsumer } from '../dist/messaging/kafka.js';

const ROUNDS = Number(process.argv[2] ?? 61);
const WARM_UP_ROUNDS = 20;
const MESSAGES = 4_000;
const BATCH = 50;
const TARGET_BATCH_US = 3;
const TARGET_SINGLE_US = 10;
let handled = 0;

context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
const tracer = new BasicTracerProvider().getTracer('bench');
const plain = messageConsumer({
  system: 'bench',
  destination: 'orders',
  headers: (message) => message.headers,
  id: (message) => message.id,
  sentAt: (message) => message.sentAt,
  tracer,
});
const kafka = kafkaConsumer('orders', { tracer });

const shapes = {
  'text headers, id, time': { consumer: plain, message: plainMessage },
  kafkajs: { consumer: kafka, message: kafkaMessage },
};
const rows = [];
for (const [shape, { consumer, message }] of Object.entries(shapes)) {
  const messages = Array.from({ length: MESSAGES }, (_, index) => message(index));
  const batches = Array.from({ length: MESSAGES / BATCH }, (_, index) =>
    messages.slice(index * BATCH, (index + 1) * BATCH),
  );
  rows.push(
    await costs(shape, `batch of ${BATCH}`, TARGET_BATCH_US, {
      plain: () => eachOf(batches, plainBatch),
      library: () => eachOf(batches, (batch) => consumer.batch(batch, handle)),
    }),
    await costs(shape, 'single', TARGET_SINGLE_US, {
      plain: () => eachOf(messages, plainSingle),
      library: () => eachOf(messages, (one) => consumer.one(one, handle)),
    }),
  );
}
console.log(`\nA message, without an exporter, on Node.js ${process.version}`);
console.table(rows);

async function costs(shape, way, target, variants) {
  const timesUs = { plain: [], library: [] };
  for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round++) {
    // In a rotating order, so that neither always pays for the garbage of the other.
    const order = round % 2 === 0 ? ['plain', 'library'] : ['library', 'plain'];
    for (const name of order) {
      handled = 0;
      // The CPU time of this process, including garbage collection: other processes may use the core, too.
      const started = process.cpuUsage();
      await variants[name]();
      const { user, system } = process.cpuUsage(started);
      const us = (user + system) / MESSAGES;
      if (handled !== MESSAGES) throw new Error(`${name} handled ${handled} of ${MESSAGES} messages`);
      if (round >= 0) timesUs[name].push(us);
    }
  }
  const added = median(timesUs.library.map((us, round) => us - timesUs.plain[round]));
  return {
    message: shape,
    way,
    'plain spans, µs': median(timesUs.plain).toFixed(2),
    'library, µs': median(timesUs.library).toFixed(2),
    'added, µs': added.toFixed(2),
    [`target`]: `${target} µs ${added <= target ? 'met' : 'missed'}`,
  };
}

function handle() {
  handled++;
}

async function plainBatch(batch) {
  const options = { root: true, kind: SpanKind.CONSUMER };
  const span = tracer.startSpan('process orders', options, ROOT_CONTEXT);
  const inSpan = trace.setSpan(ROOT_CONTEXT, span);
  for (const message of batch) context.with(inSpan, handle, undefined, message, span);
  span.end();
}

function plainSingle(message) {
  const options = { root: true, kind: SpanKind.CONSUMER };
  tracer.startActiveSpan('process orders', options, ROOT_CONTEXT, (span) => {
    handle(message);
    span.end();
  });
}

async function eachOf(list, one) {
  for (const item of list) await one(item);
}

function plainMessage(index) {
  return { headers: { traceparent: traceparentOf(index) }, id: `order-${index}`, sentAt: Date.now() };
}

function kafkaMessage(index) {
  return {
    key: Buffer.from(`order-${index}`),
    value: Buffer.from('{}'),
    offset: String(index),
    timestamp: String(Date.now()),
    partition: 3,
    headers: { traceparent: Buffer.from(traceparentOf(index)) },
  };
}

function traceparentOf(index) {
  return `00-${(index + 1).toString(16).padStart(32, '0')}-${(index + 1).toString(16).padStart(16, '0')}-01`;
}

function median(samples) {
  return samples.toSorted((a, b) => a - b)[Math.floor(samples.length / 2)];
}
