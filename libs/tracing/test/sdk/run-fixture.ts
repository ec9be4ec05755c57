import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { afterEach } from 'vitest';

const FIXTURES = join(import.meta.dirname, 'fixtures');

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningFixture {
  /** Resolves with the first line of standard output. */
  readonly ready: Promise<string>;
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
}

export interface FixtureOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The modules that `--import` loads. */
  readonly entry?: string;
  /** The command that runs it, such as one that limits its resources. */
  readonly wrapper?: readonly string[];
  /** Its working directory; `fixtures/` by default. */
  readonly cwd?: string;
}

const running = new Set<ChildProcess>();

afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

/** Runs a program of `fixtures/` with the built library, as an application would: the SDK first, with `--import`. */
export function runFixture(name: string, options: FixtureOptions = {}): RunningFixture {
  const { env = {}, args = [], entry = './instrumentation.mjs', wrapper = [], cwd = FIXTURES } = options;
  const [command, ...before] = [...wrapper, process.execPath];
  const inherited = Object.entries(process.env).filter(
    ([key]) => !/^(OTEL_|SPAN_LINKS_|NODE_OPTIONS$|VITEST|FORCE_COLOR$)/.test(key),
  );
  const child = spawn(command, [...before, '--import', entry, name, ...args], {
    cwd,
    env: { ...Object.fromEntries(inherited), SPAN_LINKS_JOURNAL: 'off', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  running.add(child);
  let stdout = '';
  let stderr = '';
  child.stderr.on('data', (chunk) => (stderr += String(chunk)));
  const ready = new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk) => {
      stdout += String(chunk);
      if (stdout.includes('\n')) resolve(stdout.slice(0, stdout.indexOf('\n')));
    });
    child.once('close', () => reject(new Error(`${name} ended before it said anything: ${stderr}`)));
  });
  // A caller that does not read it does not care whether it came.
  ready.catch(() => {});
  const ended = new Promise<Ended>((resolve) => {
    child.once('close', (code, signal) => {
      running.delete(child);
      resolve({ code, signal, stdout, stderr });
    });
  });
  return { ready, ended, kill: (signal) => void child.kill(signal) };
}
