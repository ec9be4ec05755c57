// What small requests that would be large in memory cost the explorer: 60 connections send each kind for some seconds, while others ask
// for /health/live and send a span. It prints the growth of the process and the times of these others. Run it with
// `npx nx run trace-explorer:bench-bombs`; options: --connections 60, --seconds 5, --only TEXT.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { bombs } from './bombs.mjs';

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '60' },
    seconds: { type: 'string', default: '5' },
    only: { type: 'string', default: '' },
    // For the process that sends: where to.
    attack: { type: 'string' },
  },
});
const connections = Number(values.connections);
const seconds = Number(values.seconds);
const MIB = 1024 * 1024;

const rssOf = (pid) =>
  (1024 * Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))[1])) / MIB;

function post(url, agent, headers, body) {
  return new Promise((resolve) => {
    const sent = request(`${url}/v1/traces`, {
      method: 'POST',
      agent,
      headers: { ...headers, 'content-length': body.length },
    });
    sent.once('response', (response) => {
      response.resume();
      response.once('end', () => resolve(response.statusCode));
      response.once('error', () => resolve('cut'));
    });
    sent.once('error', () => resolve('cut'));
    sent.end(body);
  });
}

function span(n) {
  const hex = (length) => (n + 1).toString(16).padStart(length, '0');
  const times = { startTimeUnixNano: '1795377194750000000', endTimeUnixNano: '1795377194755000000' };
  return JSON.stringify({
    resourceSpans: [
      { scopeSpans: [{ spans: [{ traceId: hex(32), spanId: hex(16), name: 'honest', ...times }] }] },
    ],
  });
}

let honest = 0;

async function attack(url, pid, { name, body }) {
  const others = new Agent({ keepAlive: true });
  const before = rssOf(pid);
  let peak = before;
  const count = (of, status) => (of[status] = (of[status] ?? 0) + 1);
  const end = performance.now() + 1_000 * seconds;
  const isOn = () => performance.now() < end;
  // A process of its own: one that sends 60 × 16 MB has no time to look at a clock.
  const attacker = fork(import.meta.filename, [
    '--attack',
    url,
    '--only',
    name,
    '--seconds',
    values.seconds,
    '--connections',
    values.connections,
  ]);
  const asked = [];
  const sent = [];
  const honestStatuses = {};
  const timed = async (times, work) => {
    while (isOn()) {
      const started = performance.now();
      await work();
      times.push(performance.now() - started);
      await sleep(20);
    }
  };
  const watch = [
    timed(asked, async () => (await fetch(`${url}/health/live`)).arrayBuffer()),
    timed(sent, async () =>
      count(
        honestStatuses,
        await post(url, others, { 'content-type': 'application/json' }, Buffer.from(span(honest++))),
      ),
    ),
    (async () => {
      for (; isOn() || attacker.connected; await sleep(20)) peak = Math.max(peak, rssOf(pid));
    })(),
  ];
  const [[statuses]] = await Promise.all([once(attacker, 'message'), ...watch]);
  others.destroy();
  const p99 = (times) => Math.round(times.sort((a, b) => a - b)[Math.floor(times.length * 0.99)] ?? 0);
  return {
    request: name,
    'on the wire': `${Math.round(body.length / 1024)} KiB`,
    answers: JSON.stringify(statuses),
    'RSS grew by': `${Math.round(peak - before)} MiB`,
    RSS: `${Math.round(peak)} MiB`,
    'p99 of others': `${p99(asked)} ms`,
    'p99 of honest spans': `${p99(sent)} ms ${JSON.stringify(honestStatuses)}`,
  };
}

/** Sends one kind of request over all connections; tells how they were answered. */
async function sendBombs(url) {
  const { contentType, packing, body } = bombs().find(({ name }) => name === values.only);
  const agent = new Agent({ keepAlive: true, maxSockets: connections });
  const end = performance.now() + 1_000 * seconds;
  const statuses = {};
  const headers = { 'content-type': contentType, ...(packing && { 'content-encoding': packing }) };
  const lane = async () => {
    while (performance.now() < end) {
      const status = await post(url, agent, headers, body);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, lane));
  agent.destroy();
  process.send(statuses);
  process.disconnect();
}

async function main() {
  const server = await startPostgresServer({});
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    env: {
      EXPLORER_PORT: '0',
      EXPLORER_DATABASE_URL: await server.createDatabase('bombs'),
      NODE_OPTIONS: '--max-old-space-size=512',
    },
  });
  try {
    const url = await app.ready();
    // A warm process: what a first request takes is not what an attack takes.
    const warm = new Agent({ keepAlive: true });
    for (; honest < 2_000; honest++)
      await post(url, warm, { 'content-type': 'application/json' }, Buffer.from(span(honest)));
    warm.destroy();
    const results = [];
    for (const bomb of bombs().filter(({ name }) => name.includes(values.only))) {
      const result = await attack(url, app.pid, bomb);
      process.stderr.write(`${JSON.stringify(result)}\n`);
      results.push(result);
      await sleep(500);
    }
    console.table(results);
  } finally {
    await app.stop();
    await server.destroy();
  }
}

if (values.attack) await sendBombs(values.attack);
else await main();
