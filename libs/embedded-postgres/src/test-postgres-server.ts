import { chmodSync, mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import pg from 'pg';
import { adminQuery, checkDatabaseName, cloneDatabase, serverUrl } from './admin-connection.ts';
import { clusterFiles, clusterPassword, clusterPlace, hasCluster, initCluster } from './cluster.ts';
import {
  killPostmaster,
  type Postmaster,
  type PostmasterOptions,
  startAtFreePort,
  startPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import { usableBinaries } from './server-binaries.ts';
import { TEST_SETTINGS } from './server-settings.ts';
import { startWatchdog, type Watchdog } from './watchdog.ts';

export interface TestPostgresServerOptions {
  /**
   * A folder that is kept at the end. Without it, the data is in a temporary folder, which `destroy` or the end of this
   * process removes.
   */
  dataDir?: string;
  /** Default: a free one. */
  port?: number;
  /** Server settings, which override the fast and unsafe defaults of tests. */
  settings?: Record<string, string>;
}

/** A real server that belongs to this process, for test suites. It never outlives the process, even a killed one. */
export class TestPostgresServer {
  readonly #options: Omit<PostmasterOptions, 'port'>;
  readonly #password: string;
  readonly #ownedFolders: string[];
  readonly #watchdog: Watchdog;
  #port: number | undefined;
  #hasStarted = false;
  #postmaster: Postmaster | undefined;

  /** Use `startPostgresServer` instead. */
  constructor(
    options: Omit<PostmasterOptions, 'port'>,
    port: number | undefined,
    password: string,
    ownedFolders: string[],
  ) {
    this.#watchdog = startWatchdog(ownedFolders);
    this.#options = { ...options, onSpawn: (pid) => this.#watchdog.guard(pid) };
    this.#port = port;
    this.#password = password;
    this.#ownedFolders = ownedFolders;
  }

  /** Stays the same for the lifetime of this object. */
  get port(): number {
    return this.#port ?? 0;
  }

  /** The URL of a database, which may not exist yet. Default: `postgres`. */
  url(database = 'postgres'): string {
    return serverUrl(this.port, this.#password, database);
  }

  /** Starts the server again after `stop` or `kill`, at the same port, on the same data. */
  async start(): Promise<void> {
    if (this.#postmaster !== undefined) return;
    this.#postmaster =
      this.#port === undefined
        ? await startAtFreePort(this.#options, 0)
        : await startPostmaster({ ...this.#options, port: this.#port, insistsOnPort: this.#hasStarted });
    this.#port = this.#postmaster.port;
    this.#hasStarted = true;
  }

  /** Stops the server and disconnects its clients; `immediate` leaves a recovery to the next start. */
  async stop(mode: 'fast' | 'immediate' = 'fast'): Promise<void> {
    if (this.#postmaster === undefined) return;
    await stopPostmaster(this.#postmaster, {
      smartMs: 0,
      fastMs: mode === 'fast' ? 10_000 : 0,
      immediateMs: 5_000,
    });
    this.#forget();
  }

  /** Ends the server with SIGKILL, like a crash. */
  async kill(): Promise<void> {
    if (this.#postmaster === undefined) return;
    await killPostmaster(this.#postmaster);
    this.#forget();
  }

  /** Stops the server, and removes its data if that is temporary. */
  async destroy(): Promise<void> {
    await this.stop('immediate');
    await Promise.all(this.#ownedFolders.map((folder) => rm(folder, { recursive: true, force: true })));
    await this.#watchdog.dismiss();
  }

  /** Creates an empty database and returns its URL. */
  async createDatabase(name: string): Promise<string> {
    checkDatabaseName(name);
    await adminQuery(this.url(), `CREATE DATABASE ${pg.escapeIdentifier(name)}`);
    return this.url(name);
  }

  /** Copies a database and returns the copy's URL; see {@link cloneDatabase}. */
  cloneDatabase(template: string, name?: string): Promise<string> {
    return cloneDatabase(this.url(), template, name);
  }

  /** Drops a database if it exists, including its connections. */
  async dropDatabase(name: string): Promise<void> {
    await adminQuery(this.url(), `DROP DATABASE IF EXISTS ${pg.escapeIdentifier(name)} WITH (FORCE)`);
  }

  #forget(): void {
    this.#postmaster = undefined;
    this.#watchdog.guard(undefined);
  }
}

/**
 * Starts a PostgreSQL for a test suite, in about a second.
 *
 * @throws {EmbeddedPostgresError} if it is not available here; its message gives the reason in one sentence.
 */
export async function startPostgresServer(
  options: TestPostgresServerOptions = {},
): Promise<TestPostgresServer> {
  const dataDir = options.dataDir === undefined ? newTempDir() : resolve(options.dataDir);
  const files = clusterFiles(dataDir);
  const { clusterDir, user } = await clusterPlace(files, () => {});
  const ownedFolders =
    options.dataDir === undefined ? [...new Set([files.dataDir, dirname(clusterDir)])] : [];
  const binaries = await usableBinaries(user, () => {});
  const isNew = !hasCluster(clusterDir);
  const password = clusterPassword(files.passwordFile, !isNew);
  const postmasterOptions = {
    postgres: binaries.postgres,
    clusterDir,
    user,
    settings: { ...TEST_SETTINGS, ...options.settings },
    logFile: files.logFile,
  };
  const server = new TestPostgresServer(postmasterOptions, options.port, password, ownedFolders);
  try {
    if (isNew) await initCluster({ binaries, clusterDir, user, password, isThrowaway: true });
    await server.start();
    return server;
  } catch (error) {
    await server.destroy();
    throw error;
  }
}

/** The server's user can enter this folder, unlike one made by mkdtemp. */
function newTempDir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'span-links-test-'));
  chmodSync(folder, 0o755);
  return folder;
}
