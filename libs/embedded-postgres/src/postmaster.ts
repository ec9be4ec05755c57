import { execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { adminQuery, serverUrl } from './admin-connection.ts';
import { EmbeddedPostgresError, errorCode } from './embedded-postgres-error.ts';
import { startFailure } from './restart-policy.ts';
import { openServerLog, serverLogSince, serverLogSize } from './server-log.ts';
import { serverArguments } from './server-settings.ts';
import { CHILD_ENV, runAs, type ServerUser } from './server-user.ts';

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
class PortTakenError extends EmbeddedPostgresError {}

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
function adoptPostmaster(pid: number, port: number): Postmaster {
  return { pid, port, gone: watchPid(pid) };
}

/** How long each way of stopping gets before the next, harder one. */
interface StopPatience {
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

const MAX_ATTEMPTS = 3;

/** Starts a server at the wanted port (0 for any), or at a free one if that is taken. */
export async function startAtFreePort(
  options: Omit<PostmasterOptions, 'port'>,
  wanted: number,
): Promise<Postmaster> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await startPostmaster({ ...options, port: await freePort(attempt === 1 ? wanted : 0) });
    } catch (error) {
      // Another program took the port between the check and its use.
      if (!(error instanceof PortTakenError) || attempt === MAX_ATTEMPTS) throw error;
    }
  }
}

/**
 * Handles a server that outlived its guardian. A server that answers is adopted, so that the surviving clients keep
 * their connections. Otherwise it is stopped. Undefined means that a new server can start.
 */
export async function takeOverLeftover(
  clusterDir: string,
  password: string,
): Promise<Postmaster | undefined> {
  const lock = readLockFile(clusterDir);
  if (lock === undefined || !isProcessAlive(lock.pid)) return undefined;
  if (!isPostgresOn(lock.pid, clusterDir)) {
    disownLockFile(clusterDir);
    return undefined;
  }
  const leftover = adoptPostmaster(lock.pid, lock.port);
  if (await answers(lock.port, password, clusterDir)) return leftover;
  await stopPostmaster(leftover, { smartMs: 0, fastMs: 3_000, immediateMs: 2_000 });
  return undefined;
}

async function answers(port: number, password: string, clusterDir: string): Promise<boolean> {
  try {
    const rows = await adminQuery(serverUrl(port, password), 'SHOW data_directory');
    return rows[0]?.['data_directory'] === clusterDir;
  } catch {
    return false;
  }
}

/** Process ids are reused: only the command line distinguishes a server on this folder from another program. */
function isPostgresOn(pid: number, clusterDir: string): boolean {
  const [program, ...args] = commandLine(pid);
  return program !== undefined && /^postgres(\.exe)?$/.test(basename(program)) && args.includes(clusterDir);
}

function commandLine(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return commandLineFromPs(pid);
  }
}

/**
 * Used on macOS. `ps` does not distinguish spaces inside an argument from spaces between arguments, so this splits at
 * our own options.
 */
function commandLineFromPs(pid: number): string[] {
  try {
    const text = execFileSync('ps', ['-ww', '-o', 'command=', '-p', String(pid)], {
      encoding: 'utf8',
      env: CHILD_ENV,
    });
    return text.trim().split(/ -[Dc] /);
  } catch {
    return [];
  }
}

/** Far from 5432, so that it does not collide with a PostgreSQL of the user. */
export const PREFERRED_PORT = 54_329;

/** Returns the port of the last start, or the preferred port for the first start. */
export function rememberedPort(portFile: string): number {
  try {
    const port = Number(readFileSync(portFile, 'utf8'));
    return Number.isInteger(port) && port > 0 && port < 65_536 ? port : PREFERRED_PORT;
  } catch {
    return PREFERRED_PORT;
  }
}

/** A port that cannot be stored may differ next time. That is no reason to fail a running server. */
export function rememberPort(portFile: string, port: number): void {
  // Write the file only if the port changes: on a full disk, a rewrite would leave it empty.
  if (existsSync(portFile) && rememberedPort(portFile) === port) return;
  try {
    writeFileSync(portFile, `${port}\n`);
  } catch {
    // See above.
  }
}

/** Returns `wanted` if nothing listens there, otherwise a port that the system picks. */
export async function freePort(wanted: number): Promise<number> {
  return (await tryToListen(wanted)) ?? (await tryToListen(0)) ?? wanted;
}

function tryToListen(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => {
      const bound = (server.address() as AddressInfo).port;
      server.close(() => resolve(bound));
    });
  });
}

/** The server's own data in `postmaster.pid`. */
interface LockFile {
  pid: number;
  port: number;
  /** `starting`, `ready`, `stopping` or `standby`; empty while the file is being written. */
  state: string;
}

export function readLockFile(clusterDir: string): LockFile | undefined {
  const lines = readLines(clusterDir);
  // The meaning of the lines is in src/include/utils/pidfile.h of PostgreSQL.
  const pid = Number(lines[0]);
  if (!Number.isInteger(pid) || pid <= 0) return undefined;
  return { pid, port: Number(lines[3] ?? 0), state: (lines[7] ?? '').trim() };
}

/**
 * Replaces the process id in the lock file of a dead server if another program has that id now. After a restart of the
 * machine, Postgres would otherwise refuse to start for as long as that program runs. The new id is that of its
 * starter, which Postgres accepts. Removing the file instead would also remove the shared memory key by which Postgres
 * finds surviving backends.
 */
function disownLockFile(clusterDir: string): void {
  const lines = readLines(clusterDir);
  lines[0] = String(process.pid);
  writeFileSync(join(clusterDir, 'postmaster.pid'), lines.join('\n'));
}

function readLines(clusterDir: string): string[] {
  try {
    return readFileSync(join(clusterDir, 'postmaster.pid'), 'utf8').split('\n');
  } catch {
    return [];
  }
}

const EXIT_POLL_MS = 10;

/**
 * Tells whether a process still runs. A zombie does not run: if process 1 reaps no orphans (Node.js as a container's
 * entry point), a dead guardian would otherwise look alive for ever.
 */
export function isProcessAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return errorCode(error) === 'EPERM';
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name before the state may contain brackets, so this searches for the last one.
    return stat.charAt(stat.lastIndexOf(')') + 2) !== 'Z';
  } catch {
    return true;
  }
}

/** Resolves with true once the process is gone, with false if it still runs after `limitMs`. */
export async function processGone(pid: number, limitMs = Number.POSITIVE_INFINITY): Promise<boolean> {
  const deadline = Date.now() + limitMs;
  while (isProcessAlive(pid)) {
    if (Date.now() >= deadline) return false;
    await sleep(EXIT_POLL_MS);
  }
  return true;
}

/** Signals a process that may already be gone. */
export function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal);
  } catch (error) {
    if (errorCode(error) !== 'ESRCH') throw error;
  }
}
