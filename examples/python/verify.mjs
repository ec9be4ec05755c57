// Runs the examples with the built apps, in both directions, on its own embedded Postgres and explorer.
import { execFile, spawn } from 'node:child_process';
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const run = promisify(execFile);
const here = fileURLToPath(new URL('.', import.meta.url));
const say = (line) => process.stdout.write(`${line}\n`);
const app = (path) => fileURLToPath(new URL(`../../apps/${path}`, import.meta.url));

const skipped = await whyNot();
if (skipped !== undefined) {
  say(`examples-python:verify skipped: ${skipped}`);
  process.exit(0);
}

const folder = await mkdtemp(join(tmpdir(), 'span-links-python-'));
const processes = [];
try {
  const python = await virtualEnvironment();
  const [explorerPort, apiPort] = [await freePort(), await freePort()];
  const explorer = `http://127.0.0.1:${explorerPort}`;
  const env = {
    // eslint-disable-next-line no-restricted-syntax -- the apps read their configuration from what is added here
    ...process.env,
    EMBEDDED_POSTGRES_DIR: join(folder, 'postgres'),
    OTEL_EXPORTER_OTLP_ENDPOINT: explorer,
    EXPLORER_PORT: String(explorerPort),
    EXPLORER_GRPC_PORT: '0',
    PORT: String(apiPort),
  };
  start(app('trace-explorer/dist/main.js'), env);
  await answers(`${explorer}/health/ready`);
  start(app('orders-api/dist/main.js'), env, ['--import', app('orders-api/dist/instrumentation.js')]);
  await answers(`http://127.0.0.1:${apiPort}/health/ready`);
  const [password, port] = await Promise.all(
    ['password', 'port'].map((name) => readFile(join(folder, 'postgres', name), 'utf8')),
  );
  const pythonEnv = {
    ...env,
    DATABASE_URL: `postgres://postgres:${password.trim()}@127.0.0.1:${port.trim()}/span_links`,
    OTEL_SERVICE_NAME: 'orders-python',
  };
  const inPython = async (script, args = [], input) => {
    const child = run(python, [join(here, script), ...args], { env: pythonEnv });
    child.child.stdin.end(input ?? '');
    return (await child).stdout.trim();
  };

  // Python receives, Node.js reconciles.
  const orderId = await inPython('receive_order.py');
  await run(
    process.execPath,
    ['--import', app('orders-batch/dist/instrumentation.js'), app('orders-batch/dist/run-once.js')],
    { env },
  );
  const nodeLinks = await linksOf(explorer, 'service=orders-batch name=process-batch');
  expectLink(nodeLinks, 'orders-python', 'receive-order', orderId);
  say('an order of Python is linked by the batch of Node.js');

  // Node.js receives, Python reconciles.
  const response = await fetch(`http://127.0.0.1:${apiPort}/orders`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      customerId: 'node',
      currency: 'EUR',
      items: [{ sku: 'MUG', quantity: 1, unitPriceCents: 1200 }],
      totalCents: 1200,
    }),
  });
  assert.equal(response.status, 201);
  const order = await response.json();
  assert.equal(await inPython('reconcile_batch.py'), '1 1');
  expectLink(
    await linksOf(explorer, 'service=orders-python name=process-batch'),
    'orders-api',
    'receive-order',
    order.id,
  );
  const reconciled = await (await fetch(`http://127.0.0.1:${apiPort}/orders/${order.id}`)).json();
  assert.equal(reconciled.status, 'reconciled');
  say('an order of Node.js is linked by the batch of Python');

  // One message has headers in Go's spelling, and one has a broken header.
  const target = nodeLinks[0];
  const traceparent = `00-${target.traceId}-${target.spanId}-01`;
  const consumed = await inPython(
    'consume_message.py',
    [],
    JSON.stringify({ id: 'm-1', headers: { Traceparent: traceparent }, body: '' }),
  );
  const [link] = await linksOf(explorer, `trace=${consumed}`);
  assert.equal(link.spanId, target.spanId);
  const broken = await inPython(
    'consume_message.py',
    [],
    JSON.stringify({ id: 'm-2', headers: { traceparent: 'garbage' }, body: '' }),
  );
  assert.equal((await span(explorer, `trace=${broken}`)).linkCount, 0);
  say('a message is linked to its sender, and one with a broken header costs its link alone');
} finally {
  for (const child of processes) child.kill('SIGTERM');
  await Promise.all(processes.map((child) => (child.exitCode === null ? once(child, 'exit') : undefined)));
  await rm(folder, { recursive: true, force: true });
}

async function whyNot() {
  try {
    await run('python3', ['-c', 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))']);
    return undefined;
  } catch (error) {
    return error.code === 'ENOENT' ? 'there is no python3' : 'python3 is older than 3.10 or has no venv';
  }
}

async function virtualEnvironment() {
  await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  const bin = join(folder, 'venv', process.platform === 'win32' ? 'Scripts' : 'bin');
  await run(join(bin, 'python'), [
    '-m',
    'pip',
    'install',
    '--quiet',
    '--disable-pip-version-check',
    '-r',
    join(here, 'requirements.txt'),
  ]);
  return join(bin, 'python');
}

function start(main, env, nodeOptions = []) {
  const child = spawn(process.execPath, [...nodeOptions, main], {
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  processes.push(child);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  return port;
}

async function answers(url) {
  await eventually(async () => assert.equal((await fetch(url)).status, 200));
}

async function span(explorer, query) {
  return eventually(async () => {
    const { spans } = await (await fetch(`${explorer}/api/v1/spans?q=${encodeURIComponent(query)}`)).json();
    assert.ok(spans.length > 0, `no span for ${query}`);
    return spans[0];
  });
}

async function linksOf(explorer, query) {
  const { traceId, spanId } = await span(explorer, query);
  return eventually(async () => {
    const { links } = await (
      await fetch(`${explorer}/api/v1/traces/${traceId}/spans/${spanId}/links`)
    ).json();
    assert.ok(links.length > 0 && links.every(({ other }) => other.resolved), 'a link is not resolved yet');
    return links;
  });
}

function expectLink(links, service, name, messageId) {
  const found = links.find(({ other }) => other.service === service && other.name === name);
  assert.ok(found, `no link to ${name} of ${service}`);
  const id = found.attributes.find(({ key }) => key === 'messaging.message.id');
  assert.equal(id?.value, messageId);
}

/** Repeats the attempt until it succeeds, for as long as a busy machine may need. */
async function eventually(attempt) {
  const end = Date.now() + 90_000;
  for (;;) {
    try {
      return await attempt();
    } catch (error) {
      if (Date.now() > end) throw error;
      await wait(300);
    }
  }
}
