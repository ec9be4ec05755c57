// Batch: the wall time and the peak memory of run-once over a backlog, every span and link exported, beside one SQL
// statement that makes the same change of state. Run it with `npx nx run orders-batch:bench`.
//
// Options (environment): BENCH_ORDERS (100000), BENCH_SIZES, comma-separated batch sizes (100,1000,10000); BENCH_PAIRS (0): runs each size so many
// times with the journal of spans and without it, in turns, and reports the ratios instead.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import { connectOrdersDatabase, migrateOrdersDatabase } from '@span-links/orders-data';
import pg from 'pg';

const orders = Number(process.env.BENCH_ORDERS ?? 100_000);
const pairs = Number(process.env.BENCH_PAIRS ?? 0);
const journal = mkdtempSync(join(tmpdir(), 'batch-bench-'));
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
    if (pairs > 0) {
      for (const size of sizes) await comparePairs(server, template, sinkUrl, size);
      return;
    }
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
    rmSync(journal, { recursive: true, force: true });
  }
}

/** The journal's price: each pair runs one after the other, on copies of one database, and takes turns in who is first. */
async function comparePairs(server, template, sinkUrl, size) {
  const wall = [];
  const cpu = [];
  const cpuPerOrder = { on: [], off: [] };
  for (let pair = 0; pair < pairs; pair++) {
    const results = {};
    for (const way of pair % 2 === 0 ? ['on', 'off'] : ['off', 'on']) {
      const databaseUrl = await server.cloneDatabase(template);
      results[way] = await runOnce(databaseUrl, sinkUrl, size, way === 'on' ? journal : 'off');
      cpuPerOrder[way].push(results[way].cpuMicros / orders);
    }
    wall.push(results.on.ms / results.off.ms);
    cpu.push(results.on.cpuMicros / results.off.cpuMicros);
    process.stderr.write(
      `pair ${pair + 1}/${pairs}: wall ${wall.at(-1).toFixed(3)}, CPU ${cpu.at(-1).toFixed(3)}\n`,
    );
  }
  const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];
  console.log(
    `batches of ${size}, ${pairs} pairs of ${orders} orders, journal on ÷ off, medians: wall ${median(wall).toFixed(3)}, ` +
      `CPU ${median(cpu).toFixed(3)} (${median(cpuPerOrder.on).toFixed(1)} and ${median(cpuPerOrder.off).toFixed(1)} µs an order)`,
  );
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

async function runOnce(databaseUrl, sinkUrl, size, journalSetting = journal) {
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
      SPAN_LINKS_JOURNAL: journalSetting,
      ...(process.env.BENCH_DISABLED && { OTEL_SDK_DISABLED: 'true' }),
    },
  });
  let output = '';
  child.stdout.on('data', (chunk) => (output += chunk));
  child.stderr.on('data', (chunk) => (output += chunk));
  let peakKb = 0;
  let cpuMicros = 0;
  const watch = setInterval(() => {
    peakKb = Math.max(peakKb, peakOf(child.pid));
    cpuMicros = Math.max(cpuMicros, cpuOf(child.pid));
  }, 20);
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
    cpuMicros,
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

// User and system time, in clock ticks of 10 ms. Linux only.
function cpuOf(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1].split(' ');
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
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
