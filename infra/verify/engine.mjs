import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './command.mjs';

const SCRIPT = join(import.meta.dirname, 'engine.sh');
// It stops containers that are still running first.
const END_TIMEOUT_MS = 60_000;

/** What a Docker client needs of its environment. Anything else, a stray OTEL_ variable above all, stays out of the project. */
const CLIENT_VARIABLES =
  /^(?:PATH|HOME|USER|TMPDIR|LANG|XDG_.*|DOCKER_.*|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;

/**
 * The Docker engine that answers here, or one of our own in `folder`.
 *
 * @returns its client's environment, whether it is our own, and what lets go of it.
 * @throws with one sentence where neither can be had.
 */
export async function openEngine(folder, { signal, onProgress }) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => CLIENT_VARIABLES.test(name)));
  if (await answers(env, signal)) return { env, isOurs: false, close: async () => undefined };
  const child = spawn('bash', [SCRIPT, folder], {
    env,
    // A session of its own: a Ctrl-C at the terminal must not stop it before the project on it has been taken down.
    detached: true,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = once(child, 'exit');
  const close = async () => {
    child.stdin.end();
    const timer = setTimeout(() => child.kill('SIGTERM'), END_TIMEOUT_MS);
    await ended;
    clearTimeout(timer);
  };
  try {
    await ready(child, ended, { signal, onProgress });
  } catch (error) {
    await close();
    throw error;
  }
  const ourEnv = { ...env, DOCKER_HOST: `unix://${folder}/docker.sock`, DOCKER_CONFIG: `${folder}/config` };
  return { env: ourEnv, isOurs: true, close };
}

async function answers(env, signal) {
  try {
    await run('docker', ['info'], { env, signal, timeoutMs: 15_000 });
    return true;
  } catch {
    signal.throwIfAborted();
    return false;
  }
}

/** Reads what the script says until the engine is ready. */
async function ready(child, ended, { signal, onProgress }) {
  const lines = createInterface({ input: child.stdout });
  const aborted = once(signal, 'abort').then(() => signal.throwIfAborted());
  const spoken = new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'ready') resolve();
      else if (line.startsWith('failed: ')) reject(new Error(line.slice('failed: '.length)));
      else onProgress(line);
    });
    // After its last line.
    lines.on('close', () => ended.then(([code]) => reject(new Error(`engine.sh ended (${code})`)), reject));
  });
  await Promise.race([spoken, aborted]);
}
