import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An app to run as a process of its own. */
export interface AppProcessOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * True for the trace backend: it must not trace itself, and a Ctrl-C, which a terminal sends to the whole group of processes, must not
   * stop it before the apps have sent their last spans.
   */
  readonly isTraceBackend?: boolean;
}

/** Owns one app: its start, its address, its end. */
export class AppProcess {
  readonly name: string;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;

  constructor({ name, env, isTraceBackend = false }: AppProcessOptions) {
    this.name = name;
    const folder = new URL(`../../${name}/dist/`, import.meta.url);
    const instrumentation = isTraceBackend ? [] : ['--import', new URL('instrumentation.js', folder).href];
    // The IPC channel tells when the app listens, and tells the app when this process is gone.
    this.child = spawn(process.execPath, [...instrumentation, fileURLToPath(new URL('main.js', folder))], {
      env,
      detached: isTraceBackend,
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.ended = once(this.child, 'exit').then(
      ([code, signal]) => (signal === null ? `exit code ${String(code)}` : String(signal)),
      (error: Error) => error.message,
    );
  }

  /**
   * @returns the URL at which the app listens.
   * @throws where it ends before it listens; it has told why by then.
   */
  async ready(): Promise<string> {
    const listening = new Promise<string>((resolve) => {
      this.child.on('message', (message: { type?: string; url?: string }) => {
        if (message.type === 'ready' && message.url) resolve(message.url);
      });
    });
    const failed = this.ended.then((how) => {
      throw new Error(`${this.name} did not start (${how})`);
    });
    return Promise.race([listening, failed]);
  }

  /** Asks the app to stop in order, and ends it where it has not within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), deadlineMs);
    await this.ended;
    clearTimeout(timer);
  }
}
