import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

/** An app to run in its own process. */
export interface AppProcessOptions {
  readonly name: string;
  readonly env: NodeJS.ProcessEnv;
  /**
   * True for the trace backend. It must not trace itself. A terminal sends Ctrl-C to the whole process group, and it must not
   * stop the backend before the apps have sent their last spans.
   */
  readonly isTraceBackend?: boolean;
}

/** Owns the process of one app, from start to end. */
export class AppProcess {
  readonly name: string;
  /** Resolves with how the process ended. */
  readonly ended: Promise<string>;
  private readonly child: ChildProcess;

  constructor({ name, env, isTraceBackend = false }: AppProcessOptions) {
    this.name = name;
    const folder = new URL(`../../${name}/dist/`, import.meta.url);
    const instrumentation = isTraceBackend ? [] : ['--import', new URL('instrumentation.js', folder).href];
    // Over the IPC channel, the app reports that it listens, and notices if this process is gone.
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
   * @throws if it ends before it listens. It has logged the reason by then.
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

  /** Tells the app to stop, and kills it if it has not stopped within `deadlineMs`. */
  async stop(deadlineMs: number): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), deadlineMs);
    await this.ended;
    clearTimeout(timer);
  }
}
