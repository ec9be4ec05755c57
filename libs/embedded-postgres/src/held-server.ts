import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDatabase, isServerAway, serverUrl } from './admin-connection.ts';
import type { ClusterFiles } from './cluster-files.ts';
import { clusterPassword } from './cluster-password.ts';
import { clusterPlace } from './cluster-place.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { hasCluster, initCluster } from './init-cluster.ts';
import { takeOverLeftover } from './leftover-postmaster.ts';
import {
  HELD_PATIENCE,
  startPostmaster,
  stopPostmaster,
  type Postmaster,
  type PostmasterOptions,
} from './postmaster.ts';
import { usableBinaries } from './server-binaries.ts';
import { boundServerLog } from './server-log.ts';
import { rememberedPort, rememberPort } from './server-port.ts';
import { HELD_SETTINGS } from './server-settings.ts';
import { startAtFreePort } from './start-at-free-port.ts';

/** How long a new holder waits for a server that has just died and is being started again. */
const ANSWER_LIMIT_MS = 30_000;
/** More ends than this within a minute, and starting again is no remedy. */
const MAX_RESTARTS_PER_MINUTE = 5;

/** The guardian's server: brought up once, started again at the same port whenever it dies, stopped in the end. */
export class HeldServer {
  readonly #files: ClusterFiles;
  readonly #password: string;
  readonly #options: Omit<PostmasterOptions, 'port'>;
  #postmaster: Postmaster;
  #restarts: number[] = [];
  /** When a server was found running, in milliseconds since 1970: its former guardian's holders may be on their way. */
  adoptedAt: number | undefined;

  private constructor(
    files: ClusterFiles,
    password: string,
    options: Omit<PostmasterOptions, 'port'>,
    postmaster: Postmaster,
  ) {
    this.#files = files;
    this.#password = password;
    this.#options = options;
    this.#postmaster = postmaster;
  }

  /** Sets the cluster up if there is none, adopts a server that runs on it, or starts one. */
  static async bringUp(files: ClusterFiles, onProgress: (line: string) => void): Promise<HeldServer> {
    boundServerLog(files.logFile);
    const { clusterDir, user } = await clusterPlace(files, onProgress);
    const binaries = await usableBinaries(user, onProgress);
    const isNew = !hasCluster(clusterDir);
    const password = clusterPassword(files.passwordFile, !isNew);
    if (isNew) {
      onProgress(`Setting up a new PostgreSQL database in ${clusterDir}.`);
      await initCluster({ binaries, clusterDir, user, password });
    }
    const options = {
      postgres: binaries.postgres,
      clusterDir,
      user,
      settings: HELD_SETTINGS,
      logFile: files.logFile,
    };
    const leftover = await takeOverLeftover(clusterDir, password);
    const postmaster = leftover ?? (await startAtFreePort(options, rememberedPort(files.portFile)));
    rememberPort(files.portFile, postmaster.port);
    const server = new HeldServer(files, password, options, postmaster);
    if (leftover !== undefined) server.adoptedAt = Date.now();
    return server;
  }

  /** The URL of a database, which is created if it is missing. */
  async databaseUrl(database: string): Promise<string> {
    const deadline = Date.now() + ANSWER_LIMIT_MS;
    for (;;) {
      try {
        await ensureDatabase(serverUrl(this.#postmaster.port, this.#password), database);
        return serverUrl(this.#postmaster.port, this.#password, database);
      } catch (error) {
        if (!isServerAway(error) || Date.now() > deadline) throw error;
        await sleep(100);
      }
    }
  }

  /** Resolves when the server process is gone, for whatever reason. */
  async died(): Promise<void> {
    await this.#postmaster.gone;
  }

  /** Starts a server that died again, at the same port: the holders' pools look for it there. */
  async restart(): Promise<void> {
    const now = Date.now();
    this.#restarts = [...this.#restarts.filter((time) => now - time < 60_000), now];
    if (this.#restarts.length > MAX_RESTARTS_PER_MINUTE) {
      const message = `PostgreSQL died ${this.#restarts.length} times within a minute; its log is ${this.#files.logFile}.`;
      throw new EmbeddedPostgresError('start-failed', message);
    }
    this.#postmaster = await startPostmaster({
      ...this.#options,
      port: this.#postmaster.port,
      insistsOnPort: true,
    });
  }

  async stop(): Promise<void> {
    await stopPostmaster(this.#postmaster, HELD_PATIENCE);
  }

  boundLog(): void {
    try {
      boundServerLog(this.#files.logFile);
    } catch (error) {
      // A log that cannot be cut is no reason to take the database away.
      process.stderr.write(`Cannot bound the log: ${errorText(error)}\n`);
    }
  }
}
