#!/usr/bin/env node
// Plays a newcomer: clones this repository as it is committed, installs, starts the workshop, types the solution of the first exercise, and
// prints how long each step took. `--cold` gives npm an empty cache, as on a new machine.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const repository = fileURLToPath(new URL('../..', import.meta.url));
const isCold = process.argv.includes('--cold');
const folder = await mkdtemp(join(tmpdir(), 'newcomer-'));
await chmod(folder, 0o755);
const clone = join(folder, 'span-links');
const env = {
  ...process.env,
  EXPLORER_PORT: '0',
  EXPLORER_GRPC_PORT: '0',
  ...(isCold && { npm_config_cache: join(folder, 'npm-cache') }),
};
delete env.NODE_OPTIONS;

const startedAt = Date.now();
let stepAt = startedAt;
const say = (line) => process.stdout.write(`${line}\n`);
const seconds = (from) => ((Date.now() - from) / 1_000).toFixed(1).padStart(7);
function done(step) {
  say(`${seconds(stepAt)} s  ${step}`);
  stepAt = Date.now();
}

/** Runs a command to its end. */
async function run(command, args, cwd) {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (chunk) => (errors = (errors + chunk).slice(-4_000)));
  const [code] = await once(child, 'close');
  if (code !== 0) throw new Error(`${command} ${args.join(' ')} ended with ${code}:\n${errors}`);
}

/** The workshop as the newcomer sees it: what it prints, and what is typed. */
async function doExercise() {
  // In a group of its own, so that Ctrl-C reaches npm and the workshop, as in a terminal.
  const child = spawn('npm', ['run', 'workshop'], { cwd: clone, env, detached: true, stdio: 'pipe' });
  const ended = once(child, 'close');
  let printed = '';
  let look = () => {};
  const keep = (chunk) => {
    printed += chunk;
    look();
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const prints = (pattern) =>
    new Promise((resolve, reject) => {
      look = () => pattern.test(printed) && resolve(printed);
      look();
      void ended.then(() => reject(new Error(`The workshop ended early:\n${printed}`)));
    });
  try {
    await prints(/^explorer +http/m);
    done('npm run workshop: compiled, and ready');
    await prints(/✘ 1-lost-trail/);
    done('the first check of the starting point');
    child.stdin.write('hint\n');
    await prints(/Hint 1 of 3/);
    await cp(
      join(clone, 'workshop/exercises/1-lost-trail/solution.ts'),
      join(clone, 'workshop/my/1-lost-trail.ts'),
    );
    await prints(/✔ 1-lost-trail/);
    done('exercise 1: a hint, the solution typed in, and checked');
    child.stdin.write('next\n');
    await prints(/2-fan-in\.ts/);
  } finally {
    process.kill(-child.pid, 'SIGINT');
    await ended;
  }
  done('Ctrl-C: everything stopped');
}

try {
  await run('git', ['clone', '--quiet', `file://${repository}`, clone], folder);
  done('git clone');
  await run('npm', ['ci'], clone);
  done(`npm ci${isCold ? ', with an empty cache' : ''}`);
  await doExercise();
  say(`${seconds(startedAt)} s  from the clone to the end of exercise 1`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
} finally {
  await rm(folder, { recursive: true, force: true });
}
