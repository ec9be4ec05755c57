// Intake: orders per second over HTTP with tracing against the same without, and with publishing against the same without, in one run.
// Everything is real and shares this machine's cores: the compiled app, Postgres with fsync on, an OTLP receiver as a
// process of its own, and the load generator. Run it with `npx nx run orders-api:bench`.
//
// The variants take turns in short windows, so that a machine whose speed drifts is fair to all of them.
// Options (environment): BENCH_SECONDS a window (2), BENCH_ROUNDS (12), BENCH_CONNECTIONS (32), BENCH_ONLY (a pattern of the variants'
// names, for example "publishing").
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';

const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const rounds = Number(process.env.BENCH_ROUNDS ?? 12);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 32);

const journal = mkdtempSync(join(tmpdir(), 'intake-bench-'));
const TRACED = { SPAN_LINKS_JOURNAL: journal };
const UNTRACED = { OTEL_SDK_DISABLED: 'true' };
// `to` names the variant to compare with; `spans` is how many spans an order must have.
const VARIANTS = [
  { name: 'SDK disabled', env: UNTRACED, spans: 0 },
  { name: 'tracing as it is shipped', env: TRACED, to: 'SDK disabled', spans: 6 },
  { name: 'without the journal', env: { SPAN_LINKS_JOURNAL: 'off' }, to: 'SDK disabled', spans: 6 },
  { name: 'with the journal', env: TRACED, to: 'without the journal', spans: 6 },
  {
    name: 'the whole bundle by default',
    env: { ...TRACED, SPAN_LINKS_INSTRUMENTATIONS: 'bundle' },
    to: 'SDK disabled',
  },
  { name: 'tracing, not publishing', env: { ...TRACED, PUBLISH_ORDERS: 'false' }, spans: 5 },
  { name: 'tracing and publishing', env: TRACED, to: 'tracing, not publishing', spans: 6 },
  { name: 'SDK disabled, not publishing', env: { ...UNTRACED, PUBLISH_ORDERS: 'false' }, spans: 0 },
  { name: 'SDK disabled and publishing', env: UNTRACED, to: 'SDK disabled, not publishing', spans: 0 },
].filter(({ name }) => new RegExp(process.env.BENCH_ONLY ?? '').test(name));

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

async function main() {
  const server = await startPostgresServer({ settings: DURABLE });
  const results = [];
  try {
    for (const variant of VARIANTS) {
      const database = await server.createDatabase(`bench_${results.length}`);
      const sink = await startSink();
      const app = await startApi(variant.env, database, sink.url);
      const result = { ...variant, ...app, sink, requests: 0, windows: 0, perSecond: [], cpuMicros: [] };
      results.push(result);
      await measure(result, 4);
    }
    for (let round = 0; round < rounds; round++) {
      for (const result of results) {
        const { perSecond, cpuMicros } = await measure(result, seconds);
        result.perSecond.push(perSecond);
        result.cpuMicros.push(cpuMicros);
      }
      const line = results.map(({ perSecond }) => Math.round(perSecond.at(-1))).join('  ');
      process.stderr.write(`round ${round + 1}/${rounds}  ${line} orders/s\n`);
    }
    for (const result of results) {
      const { code } = await result.app.stop();
      if (code !== 0) throw new Error(`exit code ${code}\n${result.app.output}`);
      const counts = await (await fetch(`${result.sink.url}/counts`)).json();
      result.spansAnOrder = spansAnOrder(result, counts.spans);
    }
    report(results);
  } finally {
    await Promise.all(results.map(({ app }) => app.stop()));
    for (const { sink } of results) sink.process.kill('SIGTERM');
    await server.destroy();
    rmSync(journal, { recursive: true, force: true });
  }
}

async function startSink() {
  const main = new URL('../../../libs/otlp/dist/receiver-main.js', import.meta.url);
  const sink = fork(main, [], { silent: true });
  const [line] = await once(sink.stdout, 'data');
  return { process: sink, url: JSON.parse(String(line).split('\n')[0]).url };
}

/** Fails if spans are missing or too many. The load generator gives up its last request on each connection, which the app still answers. */
function spansAnOrder({ name, spans, requests, windows }, received) {
  const most = requests + windows * connections;
  if (spans !== undefined && (received < spans * requests || received > spans * most))
    throw new Error(
      `${name}: ${received} spans arrived for ${requests} to ${most} orders, not ${spans} an order`,
    );
  return received / requests;
}

async function startApi(env, database, sinkUrl) {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    instrumentation: new URL('../dist/instrumentation.js', import.meta.url),
    env: { DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl, ...env },
  });
  return { app, url: await app.ready() };
}

async function measure(result, duration) {
  const { app, url } = result;
  const before = cpuMicrosOf(app.pid);
  const { requests, duration: took, non2xx, errors } = await load(url, duration);
  if (non2xx + errors > 0) throw new Error(`${non2xx} refused, ${errors} errors\n${app.output}`);
  result.requests += requests;
  result.windows++;
  return { perSecond: requests / took, cpuMicros: (cpuMicrosOf(app.pid) - before) / requests };
}

// User and system time, in clock ticks of 10 ms. Linux only; elsewhere the column stays empty.
function cpuMicrosOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  } catch {
    return NaN;
  }
}

// The load generator is a process of its own: in this one it would share an event loop with the bench.
async function load(url, duration) {
  const generator = fork(new URL('load.mjs', import.meta.url), [url, String(duration), String(connections)]);
  const [result] = await once(generator, 'message');
  await once(generator, 'exit');
  return result;
}

function report(results) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const shown = (value, digits) => (Number.isNaN(value) ? '' : value.toFixed(digits));
  console.log(
    `\nIntake, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
  );
  console.log(
    `${connections} connections, ${rounds} windows of ${seconds} s in turn, medians; one statement an order, fsync on. CPU is the app's.\n`,
  );
  console.log('| variant | orders/s | ratio | CPU, µs an order | ratio | compared with | spans an order |');
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const { name, to, perSecond, cpuMicros, spansAnOrder } of results) {
    const base = results.find((result) => result.name === to);
    const ratio = (values, of) =>
      base ? shown(median(values.map((value, round) => of(value, round))), 3) : '';
    const cells = [
      name,
      Math.round(median(perSecond)),
      ratio(perSecond, (value, round) => value / base.perSecond[round]),
      shown(median(cpuMicros), 0),
      ratio(cpuMicros, (value, round) => value / base.cpuMicros[round]),
      base ? to : '',
      spansAnOrder.toFixed(2),
    ];
    console.log(`| ${cells.join(' | ')} |`);
  }
}

await main();
