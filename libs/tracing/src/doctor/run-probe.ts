import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { probeEnvironment } from './config.ts';
import type { Ending, Facts } from './facts.ts';
import { REPORT_FD, type ProbeMessage } from './probe-message.ts';

export interface ProbeRequest {
  /** Flags for Node.js, with which the user's process is started. */
  readonly nodeFlags: readonly string[];
  /** The application and its arguments. Without it, only the start-up modules run. */
  readonly app: readonly string[] | undefined;
  /** Milliseconds that the application gets to start. */
  readonly appWaitMs: number;
  /** Milliseconds until the process is given up. */
  readonly deadlineMs: number;
  /** The folder of this command's built files. */
  readonly programDirectory: string;
}

export type ProbeOutcome =
  | { readonly facts: Facts; readonly ending: Ending | undefined }
  | { readonly failure: string; readonly output: string };

/** An OTLP exporter gives up after 10 s by default. A process that needs longer than this counts as one that stays. */
const SIGTERM_PATIENCE_MS = 5_000;

/** The end of standard error, shown when the process fails. */
const OUTPUT_KEPT = 2_000;

/**
 * Starts a process like the user's, observes it from inside, tells it to end, and leaves nothing behind: it runs in a
 * process group of its own, which is killed in every case.
 */
export async function runProbe(request: ProbeRequest): Promise<ProbeOutcome> {
  const child = start(request);
  const endGroup = (): void => killGroup(child);
  const interrupted = (signal: NodeJS.Signals): void => {
    endGroup();
    process.exit(signal === 'SIGINT' ? 130 : 143);
  };
  process.once('exit', endGroup).once('SIGINT', interrupted).once('SIGTERM', interrupted);
  try {
    return await examine(child, request);
  } finally {
    endGroup();
    process.off('exit', endGroup).off('SIGINT', interrupted).off('SIGTERM', interrupted);
    for (const stream of child.stdio) stream?.destroy();
  }
}

function start({ nodeFlags, app, appWaitMs, deadlineMs, programDirectory }: ProbeRequest): ChildProcess {
  const entry = app ?? [join(programDirectory, 'probe.js')];
  return spawn(process.execPath, [...nodeFlags, ...entry], {
    detached: process.platform !== 'win32',
    stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    env: probeEnvironment(join(programDirectory, 'early.js'), {
      mode: app === undefined ? 'set-up' : 'app',
      waitMs: appWaitMs,
      deadlineMs: deadlineMs + 2 * SIGTERM_PATIENCE_MS,
    }),
  });
}

async function examine(child: ChildProcess, request: ProbeRequest): Promise<ProbeOutcome> {
  const messages = new Messages(child.stdio[REPORT_FD] as Readable);
  let output = '';
  child.stdout?.resume();
  child.stderr?.on('data', (chunk) => (output = (output + String(chunk)).slice(-OUTPUT_KEPT)));
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const first = await Promise.race([
    messages.facts,
    ended.then((how) => ({ failure: `it ended by itself (${how}) before it could be looked at` })),
    after(request.deadlineMs, { failure: `no report within ${request.deadlineMs / 1_000} s` }),
  ]);
  if ('failure' in first) return { ...first, output: output.trim() };
  return { facts: first, ending: await terminate(child, ended, messages) };
}

/** The signal that a container or a process manager sends. Windows has none. */
async function terminate(
  child: ChildProcess,
  ended: Promise<string>,
  messages: Messages,
): Promise<Ending | undefined> {
  if (process.platform === 'win32') return undefined;
  child.kill('SIGTERM');
  const how = await Promise.race([ended, after(SIGTERM_PATIENCE_MS, undefined)]);
  return {
    died: how !== undefined,
    how: how ?? `still there after ${SIGTERM_PATIENCE_MS / 1_000} s`,
    flushed: messages.flushed,
  };
}

class Messages {
  readonly facts: Promise<Facts>;
  flushed = false;
  #pending = '';

  constructor(stream: Readable) {
    this.facts = new Promise((resolve) => {
      stream.on('data', (chunk) => {
        const lines = (this.#pending + String(chunk)).split('\n');
        this.#pending = lines.pop() ?? '';
        for (const line of lines) {
          const message = JSON.parse(line) as ProbeMessage;
          if ('facts' in message) resolve(message.facts);
          else this.flushed = true;
        }
      });
    });
  }
}

function killGroup(child: ChildProcess): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill('SIGKILL');
    else process.kill(-child.pid, 'SIGKILL');
  } catch {
    // ESRCH: nobody is left.
  }
}

function after<T>(ms: number, value: T): Promise<T> {
  return new Promise((resolve) => setTimeout(() => resolve(value), ms).unref());
}
