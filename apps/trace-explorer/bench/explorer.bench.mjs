// The explorer end to end over HTTP: spans a second, acknowledged after the commit, while the store grows; then its queries, idle and
// while 5,000 spans/s come in. Everything is real and shares this machine's cores: the compiled app, Postgres with fsync on, the sender
// as a niced process of its own. Run it with `npx nx run trace-explorer:bench`.
//
// Options: --spans 1000000, --encoding protobuf|json|both (both), --rounds 200 (of each query).
import { fork } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import pg from 'pg';

const { values } = parseArgs({
  options: {
    spans: { type: 'string', default: '1000000' },
    encoding: { type: 'string', default: 'both' },
    rounds: { type: 'string', default: '200' },
  },
});
const total = Number(values.spans);
const rounds = Number(values.rounds);
const STEPS = 10;
const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', shared_buffers: '256MB' };
const INGEST_SPANS_PER_SECOND = 5_000;

async function main() {
  const { version, platform } = process;
  console.log(`Node.js ${version}, ${platform}, ${os.cpus().length} × ${os.cpus()[0]?.model}`);
  for (const encoding of values.encoding === 'both' ? ['protobuf', 'json'] : [values.encoding]) {
    const server = await startPostgresServer({ settings: DURABLE });
    const databaseUrl = await server.createDatabase('bench');
    const app = new AppUnderTest({
      main: new URL('../dist/main.js', import.meta.url),
      env: {
        EXPLORER_PORT: '0',
        EXPLORER_DATABASE_URL: databaseUrl,
        EXPLORER_RETENTION_BYTES: String(2 ** 36),
      },
    });
    try {
      await benchEncoding(encoding, await app.ready(), databaseUrl);
    } finally {
      await app.stop();
      await server.destroy();
    }
  }
}

async function benchEncoding(encoding, url, databaseUrl) {
  const client = fork(new URL('client.mjs', import.meta.url), [url, encoding]);
  const ask = async (type, value) => {
    client.send({ type, value });
    return (await once(client, 'message'))[0];
  };
  try {
    await ingest(encoding, ask);
    await sizes(databaseUrl);
    const wide = await ask('fan-in', 100);
    const widest = await ask('fan-in', 10_000);
    const queries = queriesFor(wide, widest);
    const idle = await timeAll(url, queries);
    client.send({ type: 'pace', value: INGEST_SPANS_PER_SECOND });
    const busy = await timeAll(url, queries);
    client.send({ type: 'rest' });
    console.table(
      Object.keys(queries).map((query) => ({
        query,
        'idle p50': idle[query].p50,
        'idle p95': idle[query].p95,
        'under ingest p50': busy[query].p50,
        'under ingest p95': busy[query].p95,
      })),
    );
  } finally {
    client.kill();
  }
}

async function ingest(encoding, ask) {
  const steps = [];
  let bytes = 0;
  for (let step = 0; step < STEPS; step++) {
    const result = await ask('send', total / STEPS);
    steps.push(result);
    bytes += result.bytes;
    process.stderr.write(`${encoding} ${step + 1}/${STEPS}: ${rate(result)} spans/s\n`);
  }
  const spans = steps.reduce((sum, step) => sum + step.spans, 0);
  const seconds = steps.reduce((sum, step) => sum + step.seconds, 0);
  const [first, last] = [steps[0], steps.at(-1)];
  console.log(
    `\n${encoding}, gzip, ${spans} spans: ${Math.round(spans / seconds)} spans/s; first tenth ${rate(first)}, last ${rate(last)} ` +
      `(${(rateOf(last) / rateOf(first)).toFixed(2)}); ${Math.round(bytes / spans)} bytes a span on the wire`,
  );
}

const rateOf = ({ spans, seconds }) => spans / seconds;
const rate = (result) => Math.round(rateOf(result)).toLocaleString('en');

async function sizes(databaseUrl) {
  const client = new pg.Client({ connectionString: databaseUrl, options: '-c search_path=trace_explorer' });
  await client.connect();
  const { rows } = await client.query(`
    SELECT sum(pg_total_relation_size(oid))::float8 AS bytes, (SELECT count(*) FROM spans)::int AS spans
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'trace_explorer'::regnamespace`);
  await client.end();
  console.log(`${Math.round(rows[0].bytes / rows[0].spans)} bytes a span on the disk, indexes included`);
}

function queriesFor(wide, widest) {
  const links = ({ traceId, spanId }) => `/api/v1/traces/${traceId}/spans/${spanId}/links`;
  return {
    'recent traces': () => '/api/v1/traces?limit=50',
    'open a trace': () => `/api/v1/traces/${wide.root.traceId}`,
    'a span': () => `/api/v1/traces/${wide.traceId}/spans/${wide.spanId}`,
    '100 links': () => links(wide),
    '100 of 10,000 links': () => links(widest),
    '10,000 links': () => `${links(widest)}?limit=10000`,
    backlinks: () => `${links(wide.root)}?direction=in`,
    'attribute, rare': (n) =>
      `/api/v1/traces?q=order.id%3D0190c3a2-7b9c-7e1e-8222-${String((n * 7919) % total).padStart(12, '0')}`,
    'attribute, common': () => '/api/v1/traces?q=http.request.method%3DGET',
    'service and duration': () => '/api/v1/traces?q=service%3Dpayments%20duration%3E1ms',
    'has:links': () => '/api/v1/traces?q=has:links',
    graph: () => `/api/v1/traces/${wide.traceId}/graph`,
  };
}

async function timeAll(url, queries) {
  const results = {};
  for (const [name, pathOf] of Object.entries(queries)) {
    const times = [];
    for (let n = 0; n < rounds; n++) {
      const started = performance.now();
      const response = await fetch(url + pathOf(n));
      await response.arrayBuffer();
      if (!response.ok) throw new Error(`${name} answered ${response.status}`);
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    const at = (share) => `${times[Math.floor(times.length * share)].toFixed(1)} ms`;
    results[name] = { p50: at(0.5), p95: at(0.95) };
  }
  return results;
}

await main();
