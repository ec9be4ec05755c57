import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { ReadyMessage } from './run-service.ts';

export { TcpProxy, type TcpProxyTarget } from './tcp-proxy.ts';

/** How a process ended: its exit code, or the signal that killed it. */
export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** The process to start. */
export interface AppUnderTestOptions {
  /** The compiled entry. */
  readonly main: URL;
  /** Loaded before it with `--import`. */
  readonly instrumentation?: URL;
  /**
   * Its whole environment, except PATH, HOME, a free port and the disabled journal of spans. The suite's own environment
   * must not leak in.
   */
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
      env: {
        PATH: process.env['PATH'],
        HOME: process.env['HOME'],
        PORT: '0',
        // One test must not receive the spans of a process that another has killed.
        SPAN_LINKS_JOURNAL: 'off',
        ...env,
      },
    });
    this.child.stdout?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    this.child.stderr?.on('data', (chunk: Buffer) => (this.printed += chunk.toString()));
    // Waits for the ends of its output too, so that everything it printed is here. Not the "close" event, which never
    // comes for a child whose channel the parent closed.
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

  /** Its output so far, on both streams. */
  get output(): string {
    return this.printed;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /**
   * @returns the URL at which it listens.
   * @throws with its output, if it ends first.
   */
  async ready(): Promise<string> {
    const ended = this.exit.then(() => {
      throw new Error(`the app ended before it listened:\n${this.printed}`);
    });
    return Promise.race([this.listening, ended]);
  }

  /** Asks it to stop, and waits until it has stopped. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<ProcessExit> {
    this.child.kill(signal);
    return this.exit;
  }
}
