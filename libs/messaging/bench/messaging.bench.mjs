// Compares consumers with links to the same consumers without tracing, on pg-boss and Kafka. Then sends 100,000 messages through pg-boss.
//
//   node bench/messaging.bench.mjs            all
//   MESSAGES=2000 ROUNDS=1 VOLUME=10000 …     smaller
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { hasBroker, startBroker } from '@span-links/broker-testing';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';

const MESSAGES = Number(process.env.MESSAGES ?? 5_000);
const ROUNDS = Number(process.env.ROUNDS ?? 3);
const VOLUME = Number(process.env.VOLUME ?? 100_000);
const TARGET_RATIO = 0.85;

const postgres = await startPostgresServer({ settings: { shared_buffers: '128MB' } });
let databases = 0;

/** Runs one step in its own process, to measure only the CPU and memory of that step. */
async function step(options) {
  const child = fork(new URL('./step.mjs', import.meta.url), {
    env: { ...process.env, STEP: JSON.stringify(options) },
  });
  const [result] = await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(([code]) => {
      throw new Error(`the step ${options.step} ended with ${code}`);
    }),
  ]);
  child.kill('SIGKILL');
  return result;
}

async function oneRun(settings, links) {
  const url = await postgres.createDatabase(`bench_${++databases}`);
  const name = `orders-${databases}`;
  const transport = settings.name === 'pg-boss' ? { ...settings, url } : settings;
  const shared = { url, transport, destination: name, messages: MESSAGES };
  await step({ ...shared, step: 'publish', links: true });
  const result = await step({ ...shared, step: 'consume', links });
  return { perSecond: (MESSAGES / result.ms) * 1_000, ...result };
}

async function compare(settings) {
  const ratios = [];
  for (let round = 0; round < ROUNDS; round++) {
    // Each round measures both, in alternating order, so that changes in the machine's speed affect both equally.
    const order = round % 2 === 0 ? [false, true] : [true, false];
    const results = {};
    for (const links of order) results[links] = await oneRun(settings, links);
    const ratio = results.true.perSecond / results.false.perSecond;
    const cpuRatio = results.false.cpuMs / results.true.cpuMs;
    ratios.push(ratio);
    console.log(
      `${settings.name}, round ${round + 1}: ${Math.round(results.true.perSecond)} messages/s with links, ` +
        `${Math.round(results.false.perSecond)} without: ${ratio.toFixed(2)}; CPU of the consumer ` +
        `${(results.true.cpuMs / MESSAGES).toFixed(3)} and ${(results.false.cpuMs / MESSAGES).toFixed(3)} ms/message (${cpuRatio.toFixed(2)}); ` +
        `${results.true.spans} spans with ${results.true.links} links`,
    );
  }
  const median = ratios.sort((a, b) => a - b)[Math.floor(ratios.length / 2)];
  const verdict = median >= TARGET_RATIO ? 'met' : 'missed';
  console.log(
    `${settings.name}: median ${median.toFixed(2)} of the messages/s without links (target >= ${TARGET_RATIO}: ${verdict})`,
  );
}

try {
  await compare({ name: 'pg-boss', schema: 'pgboss' });
  if (hasBroker('kafka')) {
    const kafka = await startBroker('kafka');
    await compare({ name: 'kafka', brokers: [kafka.url], createTopics: true, partitions: 1, ssl: false });
    await kafka.destroy();
  }
  if (VOLUME > 0) {
    const url = await postgres.createDatabase('bench_volume');
    const shared = { url, transport: { name: 'pg-boss', schema: 'pgboss', url }, destination: 'orders' };
    const published = await step({ ...shared, step: 'publish', links: true, messages: VOLUME });
    const consumed = await step({ ...shared, step: 'consume', links: true, messages: VOLUME });
    const rate = (ms) => Math.round((VOLUME / ms) * 1_000);
    console.log(
      `pg-boss, ${VOLUME} messages: published and relayed ${rate(published.ms)}/s (${(published.cpuMs / 1_000).toFixed(1)} s CPU, ${published.rssMb} MB RSS at most); ` +
        `consumed in batches of 50 ${rate(consumed.ms)}/s (${(consumed.cpuMs / 1_000).toFixed(1)} s CPU, ${consumed.rssMb} MB RSS at most, ${consumed.rssAtTenthMb} MB after a tenth)`,
    );
  }
} finally {
  await postgres.destroy();
}
