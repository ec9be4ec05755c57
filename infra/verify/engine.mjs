import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from './command.mjs';

const SCRIPT = join(import.meta.dirname, 'engine.sh');
// The engine first stops containers that are still running.
const END_TIMEOUT_MS = 60_000;

/** The variables that a Docker client needs. All others, such as a stray OTEL_ variable, must not reach the project. */
const CLIENT_VARIABLES =
  /^(?:PATH|HOME|USER|TMPDIR|LANG|XDG_.*|DOCKER_.*|SSL_CERT_(?:FILE|DIR)|NODE_EXTRA_CA_CERTS)$/;

/**
 * Uses the Docker engine of this machine, or starts our own in `folder`.
 *
 * @returns the environment for its client, whether it is our own, and a function that releases it.
 * @throws an error of one sentence if neither is possible.
 */
export async function openEngine(folder, { signal, onProgress }) {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => CLIENT_VARIABLES.test(name)));
  if (await answers(env, signal)) return { env, isOurs: false, close: async () => undefined };
  const child = spawn('bash', [SCRIPT, folder], {
    env,
    // In its own session: Ctrl-C in the terminal must not stop the engine before the project is taken down.
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

/** Reads the output of the script until the engine is ready. */
async function ready(child, ended, { signal, onProgress }) {
  const lines = createInterface({ input: child.stdout });
  const aborted = once(signal, 'abort').then(() => signal.throwIfAborted());
  const spoken = new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      if (line === 'ready') resolve();
      else if (line.startsWith('failed: ')) reject(new Error(line.slice('failed: '.length)));
      else onProgress(line);
    });
    // Reject only after the last line was read.
    lines.on('close', () => ended.then(([code]) => reject(new Error(`engine.sh ended (${code})`)), reject));
  });
  await Promise.race([spoken, aborted]);
}
