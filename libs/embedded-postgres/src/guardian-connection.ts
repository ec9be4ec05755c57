import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedPostgresError, errorCode, errorText } from './embedded-postgres-error.ts';
import type { GuardianClaim } from './guardian-claim.ts';
import type { GuardianMessage, HolderMessage } from './guardian-protocol.ts';
import { onJsonLine, writeJsonLine } from './json-lines.ts';

/** A holder's connection to the guardian. The connection itself holds the database. */
export class GuardianConnection {
  readonly guardianPid: number;
  readonly #socket: Socket;
  readonly #listeners = new Set<(message: GuardianMessage) => void>();
  /** Resolves when the guardian is gone or this side has closed the connection. */
  readonly closed: Promise<void>;

  private constructor(socket: Socket, guardianPid: number) {
    this.#socket = socket;
    this.guardianPid = guardianPid;
    this.closed = new Promise((resolve) => socket.once('close', () => resolve()));
    // A broken connection means only that it is closed.
    socket.on('error', () => socket.destroy());
    onJsonLine(socket, (message) => {
      for (const listener of this.#listeners) listener(message as GuardianMessage);
    });
  }

  /** Undefined if the claim's guardian is dead. A dead guardian never comes back. */
  static async open(claim: GuardianClaim): Promise<GuardianConnection | undefined> {
    if (claim.socketPath === '') return undefined;
    for (;;) {
      try {
        return new GuardianConnection(await connectTo(claim.socketPath), claim.pid);
      } catch (error) {
        const code = errorCode(error);
        if (code === 'ENOENT' || code === 'ECONNREFUSED') return undefined;
        // The guardian's queue of new connections is full for a moment.
        if (code === 'EAGAIN') await sleep(50);
        else throw notOurs(claim, error);
      }
    }
  }

  say(message: HolderMessage): void {
    writeJsonLine(this.#socket, message);
  }

  listen(listener: (message: GuardianMessage) => void): void {
    this.#listeners.add(listener);
  }

  /** Resolves with the first message of these kinds, or with undefined if the connection closes first. */
  first<Kind extends GuardianMessage['kind']>(
    ...kinds: Kind[]
  ): Promise<Extract<GuardianMessage, { kind: Kind }> | undefined> {
    return new Promise((resolve) => {
      this.listen((message) => {
        if ((kinds as string[]).includes(message.kind)) {
          resolve(message as Extract<GuardianMessage, { kind: Kind }>);
        }
      });
      void this.closed.then(() => resolve(undefined));
    });
  }

  /** Decides whether the wait for the guardian keeps the process running. */
  keepProcessRunning(isWaiting: boolean): void {
    if (isWaiting) this.#socket.ref();
    else this.#socket.unref();
  }

  hangUp(): void {
    this.#socket.destroy();
  }
}

function connectTo(socketPath: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}

function notOurs(claim: GuardianClaim, cause: unknown): EmbeddedPostgresError {
  const message = `The embedded database is in use by process ${claim.pid}, which cannot be reached (${errorText(cause)}): another user may have started it.`;
  return new EmbeddedPostgresError('guardian', message, { cause });
}
