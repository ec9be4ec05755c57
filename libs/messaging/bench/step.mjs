// One step of the benchmark. It publishes messages and waits until they have left the outbox, or it consumes them.
import { context, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';
import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { Messaging } from '../dist/index.js';
import { MessagingTables1764400000000 } from '../dist/outbox/index.js';

const { url, transport, destination, messages, step, links } = JSON.parse(process.env.STEP);
const told = { spans: 0, links: 0 };
if (links) {
  const exporter = {
    export(spans, done) {
      told.spans += spans.length;
      for (const span of spans) told.links += span.links.length;
      done({ code: 0 });
    },
    shutdown: () => Promise.resolve(),
  };
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const processor = new BatchSpanProcessor(exporter, { maxQueueSize: 8_192 });
  trace.setGlobalTracerProvider(new BasicTracerProvider({ spanProcessors: [processor] }));
  told.flush = () => processor.forceFlush();
}
const dataSource = new DataSource({
  type: 'postgres',
  url,
  migrations: [MessagingTables1764400000000],
  poolSize: 6,
});
await dataSource.initialize();
await dataSource.runMigrations();
await dataSource.query('CREATE TABLE IF NOT EXISTS effects (message_id text, body jsonb)');
const messaging = new Messaging({
  dataSource,
  transport,
  destinations: { [destination]: ['invoicing'] },
  relay: step === 'publish',
  onTrouble: (sentence) => console.error(sentence),
});
let handled = 0;
let startedAt = 0;
let rssAtTenthMb = 0;
let rssMb = 0;
const rss = () => Math.round(process.memoryUsage.rss() / 2 ** 20);
setInterval(() => (rssMb = Math.max(rssMb, rss())), 50).unref();
let finished = () => {};
const isFinished = new Promise((resolve) => (finished = resolve));
if (step === 'consume') {
  messaging.consume({ destination, group: 'invoicing', batch: 50 }, async (message, { manager }) => {
    if (handled === 0) startedAt = performance.now();
    await manager.query('INSERT INTO effects VALUES ($1, $2)', [message.id, JSON.stringify(message.body)]);
    if (++handled === Math.floor(messages / 10)) rssAtTenthMb = rss();
    if (handled === messages) finished();
  });
}
messaging.start();
await messaging.connected();
const cpuBefore = process.cpuUsage();
if (step === 'publish') {
  startedAt = performance.now();
  for (let from = 0; from < messages; from += 250) {
    const contents = Array.from({ length: Math.min(250, messages - from) }, (_, n) => ({
      body: { orderId: from + n, customerId: 'customer', items: [{ sku: 'sku-1', quantity: 2 }] },
    }));
    await messaging.publisher.publishMany(dataSource.manager, destination, contents);
  }
  const left = async () => (await dataSource.query('SELECT count(*)::int AS n FROM messaging_outbox'))[0].n;
  while ((await left()) > 0) await sleep(20);
} else {
  await isFinished;
}
const ms = performance.now() - startedAt;
const { user, system } = process.cpuUsage(cpuBefore);
await told.flush?.();
process.send({ ms, cpuMs: (user + system) / 1_000, rssMb: Math.max(rssMb, rss()), rssAtTenthMb, ...told });
await messaging.stop();
