// Intake: orders per second over HTTP with tracing, against the same with OTEL_SDK_DISABLED=true in the same run.
// Everything is real and shares this machine's cores: the compiled app, Postgres with fsync on, an OTLP receiver as a
// process of its own, and the load generator. Run it with `npx nx run orders-api:bench`.
//
// The variants take turns in short windows, so that a machine whose speed drifts is fair to all of them.
// Options (environment): BENCH_SECONDS a window (2), BENCH_ROUNDS (12), BENCH_CONNECTIONS (32).
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';

const seconds = Number(process.env.BENCH_SECONDS ?? 2);
const rounds = Number(process.env.BENCH_ROUNDS ?? 12);
const connections = Number(process.env.BENCH_CONNECTIONS ?? 32);

const VARIANTS = [
  { name: 'SDK disabled', env: { OTEL_SDK_DISABLED: 'true' } },
  { name: 'tracing as it is shipped', env: {} },
  { name: 'the whole bundle by default', env: { SPAN_LINKS_INSTRUMENTATIONS: 'bundle' } },
];

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

async function main() {
  const server = await startPostgresServer({ settings: DURABLE });
  const sink = fork(new URL('../../../libs/otlp/dist/receiver-main.js', import.meta.url), [], {
    silent: true,
  });
  const [line] = await once(sink.stdout, 'data');
  const sinkUrl = JSON.parse(String(line).split('\n')[0]).url;
  const results = [];
  try {
    for (const variant of VARIANTS) {
      const database = await server.createDatabase(`bench_${results.length}`);
      const app = await startApi(variant.env, database, sinkUrl);
      results.push({ ...variant, ...app, perSecond: [], cpuMicros: [] });
      await load(app.url, 4);
    }
    for (let round = 0; round < rounds; round++) {
      for (const result of results) {
        const { perSecond, cpuMicros } = await measure(result);
        result.perSecond.push(perSecond);
        result.cpuMicros.push(cpuMicros);
      }
      const line = results.map(({ perSecond }) => Math.round(perSecond.at(-1))).join('  ');
      process.stderr.write(`round ${round + 1}/${rounds}  ${line} orders/s\n`);
    }
    for (const { app } of results) {
      const { code } = await app.stop();
      if (code !== 0) throw new Error(`exit code ${code}\n${app.output}`);
    }
    const counts = await (await fetch(`${sinkUrl}/counts`)).json();
    report(results, counts);
  } finally {
    await Promise.all(results.map(({ app }) => app.stop()));
    sink.kill('SIGTERM');
    await server.destroy();
  }
}

async function startApi(env, database, sinkUrl) {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    instrumentation: new URL('../dist/instrumentation.js', import.meta.url),
    env: { DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl, ...env },
  });
  return { app, url: await app.ready() };
}

async function measure({ app, url }) {
  const before = cpuMicrosOf(app.pid);
  const { requests, duration, non2xx, errors } = await load(url, seconds);
  if (non2xx + errors > 0) throw new Error(`${non2xx} refused, ${errors} errors\n${app.output}`);
  return { perSecond: requests / duration, cpuMicros: (cpuMicrosOf(app.pid) - before) / requests };
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

function report(results, counts) {
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  const baseline = results[0].perSecond;
  console.log(
    `\nIntake, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
  );
  console.log(
    `${connections} connections, ${rounds} windows of ${seconds} s in turn, medians; one INSERT an order, fsync on\n`,
  );
  console.log('| variant | orders/s | ratio to SDK disabled | CPU of the app, µs an order |');
  console.log('| --- | --- | --- | --- |');
  for (const { name, perSecond, cpuMicros } of results) {
    const ratio = median(perSecond.map((value, round) => value / baseline[round]));
    const cpu = median(cpuMicros);
    console.log(
      `| ${name} | ${Math.round(median(perSecond))} | ${ratio.toFixed(2)} | ${Number.isNaN(cpu) ? '' : Math.round(cpu)} |`,
    );
  }
  console.log(`\n${counts.spans} spans received in ${counts.requests} requests.`);
}

await main();
