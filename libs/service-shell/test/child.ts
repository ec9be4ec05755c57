import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';

/** How a process ended: its exit code, or the signal that killed it. */
export interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A fixture as a real process, with an IPC channel, all of its output and all of its messages. */
export class Child {
  readonly process: ChildProcess;
  readonly exit: Promise<Exit>;
  readonly #messages: unknown[] = [];
  stdout = '';
  stderr = '';

  constructor(fixture: string, options: { env?: Record<string, string>; args?: string[] } = {}) {
    this.process = fork(new URL(`fixtures/${fixture}`, import.meta.url), options.args ?? [], {
      silent: true,
      execArgv: [],
      env: { PATH: process.env['PATH'], PORT: '0', ...options.env },
    });
    this.process.stdout?.on('data', (chunk: Buffer) => (this.stdout += chunk.toString()));
    this.process.stderr?.on('data', (chunk: Buffer) => (this.stderr += chunk.toString()));
    this.process.on('message', (message) => this.#messages.push(message));
    // Waits for the ends of its output too, so that everything it printed is here. Not the "close" event, which never
    // comes for a child whose channel the parent closed.
    const outputs = [this.process.stdout, this.process.stderr].filter((output) => output !== null);
    const outputsEnd = Promise.all(outputs.map((output) => once(output, 'close')));
    this.exit = new Promise((resolve, reject) => {
      this.process.once('exit', (code, signal) => {
        outputsEnd.then(() => resolve({ code, signal }), reject);
      });
    });
  }

  /** The first matching message, received or still to come. An exit before it is an error. */
  async message<T>(fits: (message: unknown) => message is T): Promise<T> {
    for (;;) {
      const found = this.#messages.find(fits);
      if (found !== undefined) return found;
      const ended = await Promise.race([
        once(this.process, 'message').then(() => false),
        this.exit.then(() => true),
      ]);
      if (ended && !this.#messages.some(fits))
        throw new Error(`ended too early: ${this.stdout}${this.stderr}`);
    }
  }

  async said(text: string): Promise<void> {
    await this.message((message): message is string => message === text);
  }

  async ready(): Promise<{ url: string; name: string }> {
    return this.message(
      (message): message is { type: 'ready'; url: string; name: string } =>
        typeof message === 'object' && message !== null && 'type' in message && message.type === 'ready',
    );
  }

  /** The records of the stop steps, in order. */
  get trail(): string[] {
    return [...this.stdout.matchAll(/^trail: (.*)$/gm)].map((match) => match[1] ?? '');
  }

  kill(signal: NodeJS.Signals): void {
    this.process.kill(signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.process.kill('SIGKILL');
    await this.exit;
  }
}
