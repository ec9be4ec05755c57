import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { nxEnv, nxFile, workspace } from './nx-command.ts';

export interface Serving {
  /** In the environment of everything that this run starts. */
  readonly mark: string;
  readonly ended: Promise<unknown>;
  readonly isRunning: () => boolean;
  readonly output: () => string;
  /** Stops it as a terminal does (SIGINT to all its processes) or as a supervisor does (SIGTERM to Nx alone). */
  readonly stop: (signal: 'SIGINT' | 'SIGTERM') => void;
  readonly kill: () => void;
}

/** Runs `nx serve` in a process group of its own, as a shell does. */
export function startServe(app: string, args: readonly string[], env: NodeJS.ProcessEnv): Serving {
  const mark = `SERVE_TEST=${app}-${process.pid}-${Date.now()}`;
  const [name, value] = mark.split('=') as [string, string];
  const nx = spawn(process.execPath, [nxFile, 'serve', app, ...args], {
    cwd: workspace,
    env: nxEnv({ ...env, [name]: value }),
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  const pid = nx.pid!;
  let printed = '';
  for (const stream of [nx.stdout, nx.stderr]) stream.on('data', (chunk) => (printed += String(chunk)));
  let hasEnded = false;
  const ended = once(nx, 'exit').then(() => (hasEnded = true));
  return {
    mark,
    ended,
    isRunning: () => !hasEnded,
    output: () => printed,
    stop: (signal) => process.kill(signal === 'SIGINT' ? -pid : pid, signal),
    kill: () => {
      if (!hasEnded) process.kill(-pid, 'SIGKILL');
    },
  };
}

/** The commands of running processes with this variable. Linux alone shows them; elsewhere the list is empty. */
export function runningWith(mark: string): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync('/proc').flatMap((pid) => {
    try {
      const isMarked = /^\d+$/.test(pid) && read(pid, 'environ').includes(mark);
      return isMarked ? [read(pid, 'cmdline').join(' ')] : [];
    } catch {
      return []; // It has ended.
    }
  });
}

const read = (pid: string, file: string) => readFileSync(`/proc/${pid}/${file}`, 'utf8').split('\0');

/** Holds all of them before it gives them back, so that none is given twice. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      return server;
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
