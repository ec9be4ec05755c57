import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ReadyMessage } from './run-service.ts';

/** How a process ended: its exit code, or the signal that killed it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** Which process to start. */
export interface AppUnderTestOptions {
  /** The compiled entry. */
  readonly main: URL;
  /** Loaded before it with `--import`. */
  readonly instrumentation?: URL;
  /** All that it gets besides PATH, HOME and a free port: what the suite's own environment holds must not leak in. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A compiled app as a real process of a test suite. */
export class AppUnderTest {
  readonly exit: Promise<ProcessExit>;
  private readonly child: ChildProcess;
  private readonly listening: Promise<string>;
  private printed = '';

  constructor({ main, instrumentation, env }: AppUnderTestOptions) {
    this.child = fork(main, {
      silent: true,
      execArgv: instrumentation ? ['--import', instrumentation.href] : [],
      env: { PATH: process.env['PATH'], HOME: process.env['HOME'], PORT: '0', ...env },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    // With the ends of its output, so that everything it printed is here. Not the "close" event: it never comes for a child
    // whose channel the parent closed.
    const outputs = [this.child.stdout, this.child.stderr].filter((output) => output !== null);
    const outputsEnd = Promise.all(outputs.map((output) => once(output, 'close')));
    this.exit = new Promise((resolve, reject) => {
      this.child.once('exit', (code, signal) => {
        outputsEnd.then(() => resolve({ code, signal }), reject);
      });
    });
    this.listening = new Promise((resolve) => {
      this.child.on('message', (message: Partial<ReadyMessage>) => {
        if (message.type === 'ready' && message.url) resolve(message.url);
      });
    });
  }

  /** What it has printed so far, on both streams. */
  get output(): string {
    return this.printed;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * @returns the URL at which it listens.
   * @throws with what it printed, where it ends first.
   */
  async ready(): Promise<string> {
    const ended = this.exit.then(() => {
      throw new Error(`the app ended before it listened:\n${this.printed}`);
    });
    return Promise.race([this.listening, ended]);
  }

  /** Asks it to stop, and waits until it has. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessExit> {
    this.child.kill(signal);
    return this.exit;
  }
}
