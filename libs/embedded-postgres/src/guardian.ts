import type { Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { isSuperseded } from './guardian-claim.ts';
import type { GuardianMessage, HolderMessage } from './guardian-protocol.ts';
import { HeldServer } from './held-server.ts';
import { onJsonLine, writeJsonLine } from './json-lines.ts';

/** How long a guardian waits for its first holder. The starter connects within milliseconds, unless it was killed. */
const FIRST_HOLDER_MS = 5_000;
const UPKEEP_MS = 5_000;
/** How long the holders of a killed guardian are given to come over before an adopted server counts as held by nobody. */
const HOMECOMING_MS = 2_000;

/**
 * Owns the server for as long as anybody holds it. Owns no policy of its own: the first connection brings the server up, the
 * last one to close takes it down, and the connection of a killed holder closes like any other.
 */
export class Guardian {
  readonly #files: ClusterFiles;
  readonly #generation: number;
  readonly #holders = new Set<Socket>();
  readonly #upkeep: NodeJS.Timeout;
  /** Settles when the server is up, or rejects with why it is not; replaced while a dead server is started again. */
  #server: Promise<HeldServer> | undefined;
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

  /** Stops the server and tells the holders that it is over. Idempotent. */
  end(): Promise<void> {
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
    // Told to each holder when it asks.
    this.#server.catch(() => {});
  }

  #hear(holder: Socket, message: HolderMessage): void {
    switch (message.kind) {
      case 'hold':
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
      const failure = error instanceof EmbeddedPostgresError ? error.failure : 'guardian';
      this.#tell(holder, { kind: 'failed', failure, message: errorText(error) });
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
    this.#server = server.restart().then(() => server);
    try {
      await this.#server;
      void this.#watch(server);
    } catch (error) {
      this.#hasFailed = true;
      this.#tellAll({ kind: 'progress', line: errorText(error) });
      void this.end();
    }
  }

  async #stop(): Promise<void> {
    clearInterval(this.#upkeep);
    // When somebody deletes our socket's file, the next guardian adopts the server: it is no longer ours to stop, and
    // the holders, not told otherwise, hold there.
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
