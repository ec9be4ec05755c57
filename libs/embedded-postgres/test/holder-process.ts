import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('./holder.mjs', import.meta.url));
export const DIST = fileURLToPath(new URL('../dist', import.meta.url));

interface HolderOptions {
  dist?: string;
  /** True if the holder ends by itself when it holds the database, without a release. */
  mode?: 'stay' | 'exit';
}

type Reply =
  | { kind: 'held'; url: string }
  | { kind: 'failed'; failure: string; message: string }
  | { kind: 'done'; id: number; result?: unknown; error?: string };

/** A separate process that holds a database, like an app. */
export class HolderProcess {
  static readonly #running = new Set<HolderProcess>();
  readonly exited: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #outcome: Promise<string>;
  #lastId = 0;

  constructor(dataDir: string, { dist = DIST, mode = 'stay' }: HolderOptions = {}) {
    this.#child = fork(SCRIPT, [dist, dataDir, mode], {
      execArgv: [],
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    HolderProcess.#running.add(this);
    this.exited = once(this.#child, 'exit').then(([code]) => {
      HolderProcess.#running.delete(this);
      return code as number | null;
    });
    this.#outcome = new Promise((resolve, reject) => {
      this.#child.on('message', (reply: Reply) => {
        if (reply.kind === 'held') resolve(reply.url);
        if (reply.kind === 'failed') reject(new Error(`${reply.failure}: ${reply.message}`));
      });
      void this.exited.then(() => reject(new Error('the holder exited before it held')));
    });
    this.#outcome.catch(() => {});
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** Resolves with the URL when the process holds the database. */
  held(): Promise<string> {
    return this.#outcome;
  }

  query<Row>(sql: string): Promise<Row[]> {
    return this.#ask('query', sql) as Promise<Row[]>;
  }

  progress(): Promise<string[]> {
    return this.#ask('progress') as Promise<string[]>;
  }

  /** Releases the hold in the process and ends it. */
  async release(): Promise<void> {
    await this.#ask('release');
    this.#child.disconnect();
    await this.exited;
  }

  async killHard(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.exited;
  }

  static async endAll(): Promise<void> {
    await Promise.all([...HolderProcess.#running].map((holder) => holder.killHard()));
  }

  #ask(command: string, argument?: string): Promise<unknown> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve, reject) => {
      const onReply = (reply: Reply) => {
        if (reply.kind !== 'done' || reply.id !== id) return;
        this.#child.off('message', onReply);
        if (reply.error === undefined) resolve(reply.result);
        else reject(new Error(reply.error));
      };
      this.#child.on('message', onReply);
      void this.exited.then(() => reject(new Error(`the holder exited during ${command}`)));
      this.#child.send({ id, command, argument });
    });
  }
}
