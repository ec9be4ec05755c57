// How long it takes a newcomer: from a clone over `npm ci` and `npm start` to the first link that leads somewhere.
//   node bench/first-link.bench.mjs          with the npm cache of this machine
//   node bench/first-link.bench.mjs --cold   with an empty npm cache: downloads everything
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const workspace = fileURLToPath(new URL('../../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'span-links-first-link-'));
chmodSync(folder, 0o755);
const clone = join(folder, 'clone');
const LIMIT_MS = 180_000;

const env = { ...process.env };
for (const name of Object.keys(env)) if (/^(npm_|NX_|OTEL_|EXPLORER_|DATABASE_)/.test(name)) delete env[name];
Object.assign(env, {
  ORDERS_API_PORT: '0',
  ORDERS_BATCH_PORT: '0',
  ORDERS_FULFILMENT_PORT: '0',
  EXPLORER_PORT: '0',
  ...(process.argv.includes('--cold') && { npm_config_cache: join(folder, 'cache') }),
});

const say = (name, ms) => process.stdout.write(`${name.padEnd(44)}${(ms / 1_000).toFixed(1)} s\n`);

async function timed(name, work) {
  const since = performance.now();
  const result = await work();
  say(name, performance.now() - since);
  return result;
}

const run = (command, args, cwd) =>
  execFileSync(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'inherit'] });

/** Waits for something that comes. */
async function until(get) {
  for (const end = Date.now() + LIMIT_MS; Date.now() < end; await sleep(50)) {
    const found = await get().catch(() => undefined);
    if (found) return found;
  }
  throw new Error(`nothing came within ${LIMIT_MS / 1_000} s`);
}

const json = async (url) => (await fetch(url)).json();

/** A span with links of which one leads to a trace that is here, as a click on it would show. */
async function followedLink(url) {
  const { spans } = await json(
    `${url}/api/v1/spans?limit=20&q=${encodeURIComponent('name=process-batch has:links')}`,
  );
  for (const { traceId, spanId } of spans) {
    const { links } = await json(`${url}/api/v1/traces/${traceId}/spans/${spanId}/links?limit=1`);
    const [link] = links;
    if (link?.other.resolved) return (await fetch(`${url}/api/v1/traces/${link.traceId}`)).ok;
  }
  return false;
}

/** Starts the platform, waits for the page and a link, and stops it. */
async function start(name) {
  const since = performance.now();
  const platform = spawn('npm', ['start'], {
    cwd: clone,
    env,
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let out = '';
  platform.stdout.on('data', (chunk) => (out += chunk));
  try {
    const url = await until(async () => /see them at (http:\/\/[\d.:]+)/.exec(out)?.[1]);
    await until(async () => (await fetch(url)).ok);
    say(`npm start to the page, ${name}`, performance.now() - since);
    await until(() => followedLink(url));
    say(`npm start to the first followed link, ${name}`, performance.now() - since);
  } finally {
    process.kill(-platform.pid, 'SIGINT');
    await once(platform, 'close');
  }
}

try {
  const since = performance.now();
  await timed('git clone', async () =>
    run('git', ['clone', '-q', '--no-hardlinks', workspace, clone], folder),
  );
  await timed('npm ci', async () => run('npm', ['ci', '--silent'], clone));
  await start('first');
  say('all together', performance.now() - since);
  await start('again');
} finally {
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
