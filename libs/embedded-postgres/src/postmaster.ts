import { spawn } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { CHILD_ENV } from './child-env.ts';
import { EmbeddedPostgresError } from './embedded-postgres-error.ts';
import { readLockFile } from './lock-file.ts';
import { isProcessAlive, signalProcess } from './process-life.ts';
import { startFailure } from './restart-policy.ts';
import { openServerLog, serverLogSince, serverLogSize } from './server-log.ts';
import { serverArguments } from './server-settings.ts';
import { runAs, type ServerUser } from './server-user.ts';

/** A running server, started by any process. */
export interface Postmaster {
  pid: number;
  port: number;
  /** Resolves once the process is gone; never rejects. */
  gone: Promise<void>;
}

export interface PostmasterOptions {
  postgres: string;
  clusterDir: string;
  user: ServerUser | undefined;
  port: number;
  settings: Readonly<Record<string, string>>;
  logFile: string;
  /** Receives the process id at once, before the server is ready. */
  onSpawn?: (pid: number) => void;
  /** True for a server that comes back. It waits a while for a taken port, because its clients know no other. */
  insistsOnPort?: boolean;
}

/** The port was taken between the check and the server's own bind. */
export class PortTakenError extends EmbeddedPostgresError {}

/**
 * Recovery after a crash replays at most the kept write-ahead log (1 GB by default): seconds, on a slow disk a minute.
 */
const READY_LIMIT_MS = 120_000;
/** How long to wait for a taken port, and for the backends of a killed server, which notice only between two waits. */
const OBSTACLE_LIMIT_MS = 20_000;
const POLL_MS = 20;

const PREDECESSOR_STILL_THERE = /pre-existing shared memory block|lock file "postmaster.pid" already exists/;
const PORT_TAKEN = /could not bind .*: Address already in use|could not create any TCP\/IP sockets/;

/**
 * Starts a server and waits until it takes connections. Throws `disk-full`, `data-unusable`, or `start-failed` with the
 * server's own message.
 */
export async function startPostmaster(options: PostmasterOptions): Promise<Postmaster> {
  const deadline = Date.now() + OBSTACLE_LIMIT_MS;
  for (;;) {
    const logOffset = serverLogSize(options.logFile);
    const postmaster = spawnPostmaster(options);
    options.onSpawn?.(postmaster.pid);
    if (await isReady(postmaster, options.clusterDir)) return postmaster;

    const output = serverLogSince(options.logFile, logOffset);
    // Any outgoing connection may take a freed port for a moment.
    const mayPass =
      PREDECESSOR_STILL_THERE.test(output) || (options.insistsOnPort === true && PORT_TAKEN.test(output));
    if (mayPass && Date.now() < deadline) {
      await sleep(200);
    } else if (PORT_TAKEN.test(output)) {
      throw new PortTakenError(
        'start-failed',
        `Port ${options.port} on 127.0.0.1 is taken by another program.`,
      );
    } else {
      throw startFailure(output, options.clusterDir, options.logFile);
    }
  }
}

/** A server that another guardian started. It is no child process, so its end must be polled. */
export function adoptPostmaster(pid: number, port: number): Postmaster {
  return { pid, port, gone: watchPid(pid) };
}

/** How long each way of stopping gets before the next, harder one. */
export interface StopPatience {
  /** SIGTERM: clients may finish. */
  smartMs: number;
  /** SIGINT: clients are cut off, everything is written. */
  fastMs: number;
  /** SIGQUIT: recovery at the next start; no committed data is lost. */
  immediateMs: number;
}

/**
 * Clients have usually closed their pools before they leave. The sum stays within the usual ten seconds of a Ctrl-C.
 */
export const HELD_PATIENCE: StopPatience = { smartMs: 1_000, fastMs: 5_000, immediateMs: 2_000 };

/** Stops a server in the mildest way that works. Resolves when it is gone. */
export async function stopPostmaster(postmaster: Postmaster, patience: StopPatience): Promise<void> {
  const steps: [NodeJS.Signals, number][] = [
    ['SIGTERM', patience.smartMs],
    ['SIGINT', patience.fastMs],
    ['SIGQUIT', patience.immediateMs],
  ];
  for (const [signal, limitMs] of steps) {
    if (limitMs === 0) continue;
    signalProcess(postmaster.pid, signal);
    if (await isGoneWithin(postmaster, limitMs)) return;
  }
  await killPostmaster(postmaster);
}

/** Ends a server like a crash. */
export async function killPostmaster(postmaster: Postmaster): Promise<void> {
  signalProcess(postmaster.pid, 'SIGKILL');
  // The limit is used only for its timer: the unreferenced child alone would let the process exit while it waits.
  while (!(await isGoneWithin(postmaster, 1_000)));
}

function spawnPostmaster(options: PostmasterOptions): Postmaster {
  const log = openServerLog(options.logFile);
  try {
    const child = spawn(
      options.postgres,
      serverArguments(options.clusterDir, options.port, options.settings),
      {
        cwd: '/',
        env: CHILD_ENV,
        // A separate process group: a Ctrl-C in a terminal must not reach the server before its clients have finished.
        detached: true,
        windowsHide: true,
        stdio: ['ignore', log, log],
        ...runAs(options.user),
      },
    );
    const gone = new Promise<void>((resolve) => {
      child.once('exit', () => resolve());
      child.once('error', () => resolve());
    });
    // A server keeps no process running: a guardian has its holders, a test has its own work.
    child.unref();
    return { pid: child.pid ?? 0, port: options.port, gone };
  } finally {
    closeSync(log);
  }
}

/** Reads the state that the server publishes in its lock file, as pg_ctl does; no connection attempts clutter the log. */
async function isReady(postmaster: Postmaster, clusterDir: string): Promise<boolean> {
  const deadline = Date.now() + READY_LIMIT_MS;
  let isGone = postmaster.pid === 0;
  void postmaster.gone.then(() => (isGone = true));
  while (!isGone) {
    const lock = readLockFile(clusterDir);
    if (lock?.pid === postmaster.pid && lock.state === 'ready') return true;
    if (Date.now() > deadline) {
      await stopPostmaster(postmaster, { smartMs: 0, fastMs: 1_000, immediateMs: 1_000 });
      return false;
    }
    await sleep(POLL_MS);
  }
  return false;
}

async function isGoneWithin(postmaster: Postmaster, limitMs: number): Promise<boolean> {
  const timer = new AbortController();
  const timeout = sleep(limitMs, false, { signal: timer.signal }).catch(() => false);
  const isGone = await Promise.race([postmaster.gone.then(() => true), timeout]);
  timer.abort();
  return isGone;
}

async function watchPid(pid: number): Promise<void> {
  while (isProcessAlive(pid)) await sleep(100);
}
