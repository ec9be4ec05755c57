// Intake: orders per second over HTTP with tracing, against the same with OTEL_SDK_DISABLED=true in the same run.
// Everything is real and shares this machine's cores: the compiled app, Postgres with fsync on, an OTLP receiver as a
// process of its own, and the load generator. Run it with `npx nx run orders-api:bench`.
//
// Options (environment): BENCH_SECONDS per measurement (8), BENCH_ROUNDS (3), BENCH_CONNECTIONS (32).
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { cpus } from 'node:os';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';

const seconds = Number(process.env.BENCH_SECONDS ?? 8);
const rounds = Number(process.env.BENCH_ROUNDS ?? 3);
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
  const results = VARIANTS.map((variant) => ({ ...variant, perSecond: [] }));
  try {
    for (let round = 0; round < rounds; round++) {
      for (const result of results) {
        const database = await server.createDatabase(`bench_${round}_${results.indexOf(result)}`);
        const measured = await measure(result.env, database, sinkUrl);
        result.perSecond.push(measured);
        process.stderr.write(
          `round ${round + 1}/${rounds}  ${result.name}: ${Math.round(measured)} orders/s\n`,
        );
      }
    }
    const counts = await (await fetch(`${sinkUrl}/counts`)).json();
    report(results, counts);
  } finally {
    sink.kill('SIGTERM');
    await server.destroy();
  }
}

async function measure(env, database, sinkUrl) {
  const app = new AppUnderTest({
    main: new URL('../dist/main.js', import.meta.url),
    instrumentation: new URL('../dist/instrumentation.js', import.meta.url),
    env: { DATABASE_URL: database, OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl, ...env },
  });
  const url = await app.ready();
  await load(url, 3);
  const { requests, duration, non2xx, errors } = await load(url, seconds);
  const { code } = await app.stop();
  if (non2xx + errors > 0 || code !== 0)
    throw new Error(`${non2xx} refused, ${errors} errors, exit code ${code}\n${app.output}`);
  return requests / duration;
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
    `${connections} connections, ${seconds} s a measurement, ${rounds} rounds in turn, median; one INSERT an order, fsync on\n`,
  );
  console.log('| variant | orders/s | ratio to SDK disabled (min to max of the rounds) |');
  console.log('| --- | --- | --- |');
  for (const { name, perSecond } of results) {
    const ratios = perSecond.map((value, round) => value / baseline[round]);
    const [low, high] = [Math.min(...ratios), Math.max(...ratios)].map((ratio) => ratio.toFixed(2));
    console.log(
      `| ${name} | ${Math.round(median(perSecond))} | ${median(ratios).toFixed(2)} (${low} to ${high}) |`,
    );
  }
  console.log(`\n${counts.spans} spans received in ${counts.requests} requests.`);
}

await main();
