import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer, Socket, type AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const PROBE_TIMEOUT_MS = 8_000;
const GROUP_ENDS_WITHIN_MS = 15_000;
/** The place of the number of threads among the fields after the command's name in /proc/<pid>/stat. */
const THREAD_COUNT_FIELD = 17;

/** The command that runs a server. */
export interface ServerCommand {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  readonly logFile: string;
}

/**
 * A server that is a child of this process and never outlives it. A shell waits until this process is gone and then kills the
 * server with SIGKILL.
 */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #guard: ChildProcess;
  readonly #exited: Promise<void>;
  readonly #logFile: string;
  #hasExited = false;

  constructor({ command, args, env, logFile }: ServerCommand) {
    const log = openSync(logFile, 'a');
    // In its own process group, so that Ctrl-C in the terminal reaches only the tests. They then stop the server in order.
    this.#child = spawn(command, args, {
      detached: true,
      stdio: ['ignore', log, log],
      env: {
        PATH: '/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin',
        LC_ALL: 'C.UTF-8',
        ...env,
      },
    });
    closeSync(log);
    this.#logFile = logFile;
    this.#exited = new Promise((resolve) => {
      const done = () => {
        this.#hasExited = true;
        resolve();
      };
      this.#child.once('exit', done);
      this.#child.once('error', done);
    });
    this.#guard = guardOf(this.#child.pid);
    this.#child.unref();
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /**
   * Waits until `isReady` resolves with true.
   *
   * @throws an error with the end of the server's log, if the server exits first or is not ready in time.
   */
  async ready(isReady: () => Promise<boolean>, timeoutMs: number): Promise<void> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      if (this.#hasExited) throw new Error(`the server ended before it was ready:\n${this.#endOfLog()}`);
      if (await soon(isReady().catch(() => false))) return;
      if (Date.now() > deadline)
        throw new Error(`the server was not ready after ${timeoutMs} ms:\n${this.#endOfLog()}`);
      await sleep(50);
    }
  }

  /** Ends the server and everything that it started. Sends SIGKILL if it still runs after `graceMs`. */
  async stop(signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM', graceMs = 15_000): Promise<void> {
    this.#signal(signal);
    const timer = setTimeout(() => this.#signal('SIGKILL'), graceMs);
    await this.#exited;
    clearTimeout(timer);
    // Kill the children that the server left behind.
    this.#signal('SIGKILL');
    await this.#groupEnded();
    this.#guard.kill('SIGKILL');
  }

  /** Pauses the server (SIGSTOP): connections stay open and nothing answers. */
  freeze(): void {
    this.#signal('SIGSTOP');
  }

  unfreeze(): void {
    this.#signal('SIGCONT');
  }

  #signal(signal: NodeJS.Signals): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, signal);
    } catch {
      // The group is gone.
    }
  }

  /**
   * Waits for the whole process group. The shell of rabbitmq-server exits before the virtual machine that it started, and
   * the ports are closed only when both have ended.
   */
  async #groupEnded(): Promise<void> {
    const { pid } = this.#child;
    const deadline = Date.now() + GROUP_ENDS_WITHIN_MS;
    while (pid !== undefined && groupIsRunning(pid) && Date.now() < deadline) await sleep(10);
  }

  #endOfLog(): string {
    return readFileSync(this.#logFile, 'utf8').slice(-2_000);
  }
}

/** Limits the wait for an answer, because a client may hang on a server that is not fully started. The caller then asks again. */
async function soon(answer: Promise<boolean>): Promise<boolean> {
  const waiting = new AbortController();
  const tooLate = sleep(PROBE_TIMEOUT_MS, false, { signal: waiting.signal }).catch(() => false);
  const result = await Promise.race([answer, tooLate]);
  waiting.abort();
  return result;
}

function groupIsRunning(group: number): boolean {
  try {
    process.kill(-group, 0);
  } catch {
    return false;
  }
  const processes = processesOf(group);
  return processes === undefined || processes.some((running) => running);
}

/** @returns for each process in the group whether it still runs, or undefined on a system without /proc. */
function processesOf(group: number): boolean[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    return undefined;
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // The name of the command is in parentheses and may contain spaces.
        const fields = readFileSync(`/proc/${name}/stat`, 'utf8')
          .replace(/^.*\) /s, '')
          .split(' ');
        const [state = '', , processGroup] = fields;
        if (Number(processGroup) !== group) return [];
        // An ended process stays in its group until its parent collects it, and in a container the parent may never do that.
        // Its first thread counts as ended before the others, which still hold its ports.
        const threads = Number(fields[THREAD_COUNT_FIELD]);
        return [!(state === 'X' || (state === 'Z' && threads <= 1))];
      } catch {
        return []; // The process has ended since.
      }
    });
}

function guardOf(pid: number | undefined): ChildProcess {
  const script = 'cat >/dev/null; kill -KILL "-$1" 2>/dev/null';
  const guard = spawn('/bin/sh', ['-c', script, 'guard', String(pid ?? '')], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.once('error', () => {});
  guard.unref();
  if (guard.stdin instanceof Socket) guard.stdin.unref();
  return guard;
}

/** @returns ports that were free a moment ago, all different. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer();
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject);
        server.listen(0, '127.0.0.1', resolve);
      });
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

/** Sends a greeting and tells whether the first answer matches. */
export async function answers(
  port: number,
  greeting: string | undefined,
  expected: RegExp,
): Promise<boolean> {
  const socket = new Socket();
  socket.setTimeout(1_000);
  return new Promise((resolve) => {
    const end = (result: boolean) => {
      socket.destroy();
      resolve(result);
    };
    socket.once('error', () => end(false));
    socket.once('timeout', () => end(false));
    socket.once('close', () => end(false));
    socket.once('data', (data) => end(expected.test(data.toString('latin1'))));
    socket.connect(port, '127.0.0.1', () => greeting !== undefined && socket.write(greeting, 'latin1'));
  });
}
