import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, renameSync, unlinkSync } from 'node:fs';
import { createServer, connect, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';

/**
 * The writer of a file of a journal, as its name shows: `<lock><id>.<machine>.<number>.jsonl`.
 *
 * A process shows that it lives by listening on a socket beside its files (a named pipe on Windows). The kernel closes
 * the socket with the process, for any kind of end, so a refused connection is exact: across pid namespaces,
 * containers, worker threads and reused pids. If a file system has no sockets, and between machines that share a
 * folder, the last change of a file decides.
 */
export interface Owner {
  /** `s`: listens on a socket; `t`: touches its files. */
  readonly lock: 's' | 't';
  readonly id: string;
  readonly machine: string;
}

/** How often an owner touches its files. */
export const TOUCH_INTERVAL_MS = 15_000;
/** After this long without a touch, an owner counts as dead if no socket can tell. */
const DEAD_AFTER_MS = 60_000;
/** The maximum length of a socket's address: 108 bytes on Linux, 104 elsewhere, with a zero at the end. */
const MAX_SOCKET_PATH_BYTES = 103;

const FILE_NAME = /^([st])([0-9a-f]{16})\.([0-9a-f]{8})\.(\d{1,9})\.jsonl$/;
const SOCKET_NAME = /^([0-9a-f]{16})\.(sock|new)$/;

export function fileName({ lock, id, machine }: Owner, number: number): string {
  return `${lock}${id}.${machine}.${number}.jsonl`;
}

/** Undefined for a file that is not part of a journal. */
export function ownerOf(name: string): Owner | undefined {
  const [, lock, id, machine] = FILE_NAME.exec(name) ?? [];
  if (id === undefined || machine === undefined) return undefined;
  return { lock: lock as Owner['lock'], id, machine };
}

/** The owner of a socket's file; `isNew` before it listens. */
export function socketOwnerOf(name: string): { readonly id: string; readonly isNew: boolean } | undefined {
  const [, id, suffix] = SOCKET_NAME.exec(name) ?? [];
  return id === undefined ? undefined : { id, isNew: suffix === 'new' };
}

/** This process (or worker thread) as an owner. */
export class OwnLock {
  readonly owner: Owner;
  readonly #folder: string;
  readonly #server: Server | undefined;

  constructor(folder: string) {
    this.#folder = folder;
    const id = randomBytes(8).toString('hex');
    this.#server = listenOn(folder, id);
    this.owner = { lock: this.#server === undefined ? 't' : 's', id, machine: thisMachine() };
  }

  /** Call it when no file of this owner is left. */
  release(): void {
    this.#server?.close();
    if (this.#server !== undefined) removeSocket(this.#folder, this.owner.id);
  }
}

/** Whether nobody writes a file any more. `touchedAtMs` is its last observed change. */
export async function isDead(owner: Owner, folder: string, touchedAtMs: number): Promise<boolean> {
  const silent = Date.now() - touchedAtMs > DEAD_AFTER_MS;
  if (owner.machine !== thisMachine() || owner.lock === 't') return silent;
  const answer = await knock(socketPath(folder, owner.id));
  // An owner without its socket has ended normally, or somebody has cleaned up here. Its silence then decides.
  return answer === 'refused' || (answer === 'absent' && silent);
}

/** Whether a dead process left a socket's file. */
export async function isLeftSocket(folder: string, id: string): Promise<boolean> {
  return (await knock(socketPath(folder, id))) === 'refused';
}

export function removeSocket(folder: string, id: string): void {
  for (const path of [socketPath(folder, id), newSocketPath(folder, id)]) {
    try {
      if (process.platform !== 'win32') unlinkSync(path);
    } catch {
      // It is gone, or never was.
    }
  }
}

/**
 * Synchronous, because a span is about to be written. The socket gets its name once it listens: between the two steps
 * it would refuse connections, like that of a dead process.
 */
function listenOn(folder: string, id: string): Server | undefined {
  const path = socketPath(folder, id);
  if (Buffer.byteLength(path) > MAX_SOCKET_PATH_BYTES) return undefined;
  const server = createServer((socket) => socket.destroy());
  server.on('error', () => {});
  const isPipe = process.platform === 'win32';
  try {
    // Exclusive: otherwise a cluster's worker would ask its primary to listen, and the primary outlives it.
    server.listen({ path: isPipe ? path : newSocketPath(folder, id), exclusive: true });
    if (!server.listening) return undefined;
    if (!isPipe) renameSync(newSocketPath(folder, id), path);
    server.unref();
    return server;
  } catch {
    server.close();
    return undefined;
  }
}

function socketPath(folder: string, id: string): string {
  return process.platform === 'win32' ? `\\\\.\\pipe\\span-links-${id}` : join(folder, `${id}.sock`);
}

function newSocketPath(folder: string, id: string): string {
  return join(folder, `${id}.new`);
}

function knock(path: string): Promise<'answered' | 'refused' | 'absent'> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.unref();
    socket.once('connect', () => {
      socket.destroy();
      resolve('answered');
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve('refused');
      // A named pipe exists only as long as its server.
      else if (error.code === 'ENOENT') resolve(process.platform === 'win32' ? 'refused' : 'absent');
      else resolve('answered');
    });
  });
}

let machine: string | undefined;

/** Changes with each start of the machine. The name of the host if the system does not provide it. */
function thisMachine(): string {
  machine ??= createHash('sha256').update(bootId()).digest('hex').slice(0, 8);
  return machine;
}

function bootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8');
  } catch {
    return hostname();
  }
}
