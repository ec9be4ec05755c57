// Batch: the wall time and the peak memory of run-once over a backlog, every span and link exported, beside one SQL
// statement that makes the same change of state. Run it with `npx nx run orders-batch:bench`.
//
// Options (environment): BENCH_ORDERS (100000), BENCH_SIZES, comma-separated batch sizes (100,1000,10000).
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { connectOrdersDatabase, migrateOrdersDatabase } from '@span-links/orders-data';
import pg from 'pg';

const orders = Number(process.env.BENCH_ORDERS ?? 100_000);
const sizes = (process.env.BENCH_SIZES ?? '100,1000,10000').split(',').map(Number);

const DURABLE = { fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on' };

// Two items an order, a carrier of its own each; ids in the order of arrival, as UUID v7.
const BACKLOG = `
  INSERT INTO orders (id, customer_id, currency, items, stated_total_cents, trace_context)
  SELECT ('01900000-' || lpad(to_hex(n >> 16), 4, '0') || '-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid,
         'customer-' || n % 200, 'EUR',
         '[{"sku":"A","quantity":2,"unitPriceCents":1890},{"sku":"B","quantity":1,"unitPriceCents":450}]', 4230,
         jsonb_build_object('traceparent', '00-' || md5(n::text) || '-' || left(md5('s' || n), 16) || '-01')
  FROM generate_series(1, $1::int) AS n`;

const ONE_STATEMENT = `
  UPDATE orders SET status = 'reconciled', reconciled_at = now(), attempts = 1,
    total_cents = (SELECT sum((item->>'quantity')::bigint * (item->>'unitPriceCents')::bigint) FROM jsonb_array_elements(items) AS item)`;

async function main() {
  const server = await startPostgresServer({ settings: DURABLE });
  const sink = fork(new URL('../../../libs/otlp/dist/receiver-main.js', import.meta.url), [], {
    silent: true,
  });
  const [line] = await once(sink.stdout, 'data');
  const sinkUrl = JSON.parse(String(line).split('\n')[0]).url;
  try {
    const template = await newBacklog(server);
    const rows = [];
    for (const size of sizes) {
      const databaseUrl = await server.cloneDatabase(template);
      process.stderr.write(`${orders} orders in batches of ${size} …\n`);
      rows.push(await runOnce(databaseUrl, sinkUrl, size));
    }
    rows.push(await oneStatement(await server.cloneDatabase(template)));
    report(rows);
  } finally {
    sink.kill('SIGTERM');
    await server.destroy();
  }
}

async function newBacklog(server) {
  const url = await server.createDatabase('backlog');
  const dataSource = await connectOrdersDatabase({ url, applicationName: 'bench' });
  await migrateOrdersDatabase(dataSource);
  await dataSource.query(BACKLOG, [orders]);
  await dataSource.query('VACUUM ANALYZE orders');
  await dataSource.query('CHECKPOINT');
  await dataSource.destroy();
  return 'backlog';
}

async function runOnce(databaseUrl, sinkUrl, size) {
  const before = await (await fetch(`${sinkUrl}/counts`)).json();
  const startedAt = performance.now();
  const child = fork(new URL('../dist/run-once.js', import.meta.url), {
    silent: true,
    execArgv: ['--import', new URL('../dist/instrumentation.js', import.meta.url).href],
    env: {
      PATH: process.env.PATH,
      DATABASE_URL: databaseUrl,
      OTEL_EXPORTER_OTLP_ENDPOINT: sinkUrl,
      BATCH_SIZE: String(size),
      ...(process.env.BENCH_DISABLED && { OTEL_SDK_DISABLED: 'true' }),
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  let peakKb = 0;
  const watch = setInterval(() => (peakKb = Math.max(peakKb, peakOf(child.pid))), 20);
  const [code] = await once(child, 'exit');
  clearInterval(watch);
  const processMs = performance.now() - startedAt;
  const after = await (await fetch(`${sinkUrl}/counts`)).json();
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const { rows } = await client.query(
    `SELECT (SELECT count(*)::int FROM orders WHERE status = 'reconciled') AS reconciled,
            (SELECT extract(epoch FROM finished_at - started_at) * 1000 FROM runs) AS "runMs",
            (SELECT count(*)::int FROM batches) AS batches`,
  );
  await client.end();
  const { reconciled, runMs, batches } = rows[0];
  const links = after.links - before.links;
  const spans = after.spans - before.spans;
  if (code !== 0 || reconciled !== orders)
    throw new Error(`exit code ${code}, ${reconciled} reconciled\n${output.slice(-2000)}`);
  return {
    name: `run-once, batches of ${size}`,
    ms: Number(runMs),
    processMs,
    peakMb: peakKb / 1024,
    batches,
    spans,
    links,
  };
}

// VmHWM: the most that was ever resident, as the kernel counts it. Linux only; elsewhere the column stays empty.
function peakOf(pid) {
  try {
    return Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0;
  }
}

async function oneStatement(databaseUrl) {
  const client = new pg.Client(databaseUrl);
  await client.connect();
  const startedAt = performance.now();
  await client.query(ONE_STATEMENT);
  const ms = performance.now() - startedAt;
  await client.end();
  return { name: 'one SQL statement, no spans', ms };
}

function report(rows) {
  const baseline = rows.at(-1).ms;
  console.log(
    `\nBatch, ${new Date().toISOString().slice(0, 10)}, Node.js ${process.version}, ${cpus().length} × ${cpus()[0].model}`,
  );
  console.log(
    `${orders} pending orders, fsync on; the run's own time, the process's start and end in brackets\n`,
  );
  console.log(
    '| way | wall time | orders/s | ÷ one statement | peak RSS | spans received | links received |',
  );
  console.log('| --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rows) {
    const whole = row.processMs ? ` (${(row.processMs / 1000).toFixed(1)} s)` : '';
    const memory = row.peakMb ? `${Math.round(row.peakMb)} MB` : '';
    console.log(
      `| ${row.name} | ${(row.ms / 1000).toFixed(1)} s${whole} | ${Math.round((orders / row.ms) * 1000)} | ${(row.ms / baseline).toFixed(1)} | ${memory} | ${row.spans ?? ''} | ${row.links ?? ''} |`,
    );
  }
}

await main();
