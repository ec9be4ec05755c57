import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterFiles } from './cluster.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { isSuperseded } from './guardian-claim.ts';
import { type GuardianMessage, type HolderMessage, onJsonLine, writeJsonLine } from './guardian-protocol.ts';
import { HeldServer } from './held-server.ts';

/** How long a guardian waits for its first holder. The starter connects within milliseconds, unless it was killed. */
const FIRST_HOLDER_MS = 5_000;
const UPKEEP_MS = 5_000;
/** How long the holders of a killed guardian have to reconnect before an adopted server counts as unused. */
const HOMECOMING_MS = 2_000;

/**
 * Owns the server as long as a process holds it. It follows the connections: the first connection starts the server,
 * the end of the last one stops it, and the connection of a killed holder closes like any other.
 */
export class Guardian {
  readonly #files: ClusterFiles;
  readonly #generation: number;
  readonly #holders = new Set<Socket>();
  readonly #upkeep: NodeJS.Timeout;
  /**
   * Settles when the server is up, or rejects with the reason why it is not. Replaced while a dead server is started
   * again.
   */
  #server: Promise<HeldServer> | undefined;
  /** Why the server is down, for holders that connect in the meantime. */
  #trouble: string | undefined;
  readonly #ending = new AbortController();
  #hasFailed = false;
  #end: Promise<void> | undefined;
  #resolveEnded: () => void = () => {};
  /** Resolves when the server is gone and the process may end. */
  readonly ended = new Promise<void>((resolve) => (this.#resolveEnded = resolve));

  constructor(files: ClusterFiles, generation: number, listener: Server) {
    this.#files = files;
    this.#generation = generation;
    listener.on('connection', (holder) => this.#accept(holder));
    setTimeout(() => void this.#endIfUnheld(), FIRST_HOLDER_MS);
    this.#upkeep = setInterval(() => this.#keepUp(), UPKEEP_MS);
  }

  /** True if the server could not be kept running. */
  get hasFailed(): boolean {
    return this.#hasFailed;
  }

  /** Stops the server and tells the holders that it is over. Idempotent. */
  end(): Promise<void> {
    this.#ending.abort();
    this.#end ??= this.#stop().finally(() => this.#resolveEnded());
    return this.#end;
  }

  #accept(holder: Socket): void {
    this.#holders.add(holder);
    holder.on('error', () => holder.destroy());
    holder.on('close', () => {
      this.#holders.delete(holder);
      void this.#endIfUnheld();
    });
    onJsonLine(holder, (message) => this.#hear(holder, message as HolderMessage));
    if (this.#end !== undefined) return;
    this.#server ??= this.#bringUp();
    // Each holder learns of it when it asks.
    this.#server.catch(() => {});
  }

  #hear(holder: Socket, message: HolderMessage): void {
    switch (message.kind) {
      case 'hold':
        if (this.#trouble !== undefined) this.#tell(holder, { kind: 'trouble', line: this.#trouble });
        void this.#admit(holder, message.database);
        break;
      case 'release':
        void this.#release(holder);
        break;
    }
  }

  async #admit(holder: Socket, database: string): Promise<void> {
    try {
      const server = await this.#server;
      if (server === undefined || this.#end !== undefined) return;
      const url = await server.databaseUrl(database);
      this.#tell(holder, { kind: 'ready', url });
    } catch (error) {
      // A guardian that ends closes the connections, and each holder then asks the next guardian.
      if (this.#end === undefined) this.#tell(holder, failureOf(error));
      holder.end();
    }
  }

  async #release(holder: Socket): Promise<void> {
    this.#holders.delete(holder);
    await this.#homecoming();
    if (this.#holders.size > 0) {
      this.#tell(holder, { kind: 'kept' });
      holder.end();
      return;
    }
    this.#tell(holder, { kind: 'stopping' });
    void this.end();
  }

  async #endIfUnheld(): Promise<void> {
    await this.#homecoming();
    if (this.#holders.size === 0) void this.end();
  }

  async #homecoming(): Promise<void> {
    const server = await this.#server?.catch(() => undefined);
    if (server?.adoptedAt === undefined) return;
    await sleep(Math.max(0, server.adoptedAt + HOMECOMING_MS - Date.now()));
  }

  async #bringUp(): Promise<HeldServer> {
    try {
      const server = await HeldServer.bringUp(this.#files, (line) =>
        this.#tellAll({ kind: 'progress', line }),
      );
      void this.#watch(server);
      return server;
    } catch (error) {
      this.#hasFailed = true;
      throw error;
    }
  }

  async #watch(server: HeldServer): Promise<void> {
    await server.died();
    if (this.#end !== undefined) return;
    this.#tellAll({ kind: 'progress', line: 'PostgreSQL died; starting it again.' });
    const { signal } = this.#ending;
    this.#server = server
      .restart({ signal, onTrouble: (line) => this.#tellTrouble(line) })
      .then(() => server);
    try {
      await this.#server;
      if (this.#trouble !== undefined) this.#tellAll({ kind: 'progress', line: 'PostgreSQL is up again.' });
      this.#trouble = undefined;
      void this.#watch(server);
    } catch (error) {
      if (signal.aborted) return;
      this.#hasFailed = true;
      this.#tellAll(failureOf(error));
      void this.end();
    }
  }

  #tellTrouble(line: string): void {
    this.#trouble = line;
    this.#tellAll({ kind: 'trouble', line });
  }

  async #stop(): Promise<void> {
    clearInterval(this.#upkeep);
    // If somebody deletes our socket's file, the next guardian adopts the server. This guardian must no longer stop it,
    // and its holders get no message, so they reconnect there.
    if (this.#isSuperseded()) return;
    this.#tellAll({ kind: 'stopping' });
    const server = await this.#server?.catch(() => undefined);
    if (server !== undefined && !this.#hasFailed) await server.stop();
  }

  #keepUp(): void {
    if (this.#isSuperseded()) {
      void this.end();
      return;
    }
    void this.#server?.then((server) => server.boundLog()).catch(() => {});
  }

  #isSuperseded(): boolean {
    try {
      return isSuperseded(this.#files.claimDir, this.#generation);
    } catch {
      return false;
    }
  }

  #tellAll(message: GuardianMessage): void {
    for (const holder of this.#holders) this.#tell(holder, message);
  }

  #tell(holder: Socket, message: GuardianMessage): void {
    writeJsonLine(holder, message);
  }
}

function failureOf(error: unknown): GuardianMessage {
  const failure = error instanceof EmbeddedPostgresError ? error.failure : 'guardian';
  return { kind: 'failed', failure, message: errorText(error) };
}
