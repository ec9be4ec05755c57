import { spawn } from 'node:child_process';
import { text } from 'node:stream/consumers';

const TAIL_LINES = 40;

/** A command failed. The message ends with the last lines of its output. */
export class CommandError extends Error {
  constructor(command, reason, output) {
    super(`${command} ${reason}\n${output.trimEnd().split('\n').slice(-TAIL_LINES).join('\n')}`);
    this.name = 'CommandError';
  }
}

/**
 * Runs a command and waits for its end.
 *
 * @param options.env the whole environment of the command.
 * @returns its standard output.
 * @throws CommandError if its exit code is not 0 or it takes longer than `timeoutMs`.
 */
export async function run(command, args, { env, signal, timeoutMs = 60_000 }) {
  const child = spawn(command, args, {
    env,
    signal,
    timeout: timeoutMs,
    stdio: ['ignore', 'pipe', 'pipe'],
    // In its own process group. Ctrl-C must not reach the command that takes the project down; this process passes it on.
    detached: true,
  });
  const [ended, stdout, stderr] = await Promise.all([endOf(child), text(child.stdout), text(child.stderr)]);
  if (signal?.aborted) throw signal.reason;
  if (ended.code === 0) return stdout;
  const reason = ended.signal
    ? `was ended (${ended.signal}), after ${timeoutMs / 1_000} s at most`
    : `failed (${ended.code ?? ended.error.message})`;
  throw new CommandError([command, ...args].join(' '), reason, stdout + stderr);
}

function endOf(child) {
  return new Promise((resolve) => {
    child.on('error', (error) => resolve({ error }));
    child.on('exit', (code, signal) => resolve({ code, signal }));
  });
}
