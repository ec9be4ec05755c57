import { setTimeout as sleep } from 'node:timers/promises';
import { ensureDatabase, isServerAway, serverUrl } from './admin-connection.ts';
import { type ClusterFiles, clusterPassword, clusterPlace, hasCluster, initCluster } from './cluster.ts';
import { errorText } from './embedded-postgres-error.ts';
import {
  HELD_PATIENCE,
  type Postmaster,
  type PostmasterOptions,
  rememberedPort,
  rememberPort,
  startAtFreePort,
  startPostmaster,
  stopPostmaster,
  takeOverLeftover,
} from './postmaster.ts';
import { mayPass, pauseBetweenDeathsMs, retryPauseMs } from './restart-policy.ts';
import { usableBinaries } from './server-binaries.ts';
import { boundServerLog } from './server-log.ts';
import { HELD_SETTINGS } from './server-settings.ts';

/** How long a new holder waits for a server that has just died and is being started again. */
const ANSWER_LIMIT_MS = 30_000;
/** How often a lasting failure is reported again. */
const TELL_EVERY_MS = 60_000;

export interface RestartOptions {
  /** Aborts the attempts. */
  signal: AbortSignal;
  /** Receives sentences about why the server is not up yet; once a minute while the reason stays the same. */
  onTrouble: (sentence: string) => void;
}

/** The guardian's server: started once, started again at the same port whenever it dies, and finally stopped. */
export class HeldServer {
  readonly #files: ClusterFiles;
  readonly #password: string;
  readonly #options: Omit<PostmasterOptions, 'port'>;
  #postmaster: Postmaster;
  #starts: number[] = [];
  /**
   * When a running server was found, in milliseconds since 1970. The holders of its former guardian may be about to
   * reconnect.
   */
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

  /** Resolves when the server process is gone, for any reason. */
  async died(): Promise<void> {
    await this.#postmaster.gone;
  }

  /**
   * Starts a dead server again, at the same port, because the pools of the holders look for it there. Tries as long as
   * another attempt may succeed, with pauses between the attempts.
   *
   * @throws EmbeddedPostgresError if no attempt can succeed; the signal's reason once it aborts.
   */
  async restart({ signal, onTrouble }: RestartOptions): Promise<void> {
    const since = Date.now();
    const tell = onceAMinute(onTrouble);
    await this.#pauseAfterDeaths(signal, tell);
    for (let failures = 1; ; failures += 1) {
      signal.throwIfAborted();
      try {
        this.#postmaster = await startPostmaster({
          ...this.#options,
          port: this.#postmaster.port,
          insistsOnPort: true,
        });
        return;
      } catch (error) {
        if (!mayPass(error, Date.now() - since)) throw error;
        tell(`${errorText(error)} It is tried again until it starts.`);
        await sleep(retryPauseMs(failures), undefined, { signal });
      }
    }
  }

  async #pauseAfterDeaths(signal: AbortSignal, tell: (sentence: string) => void): Promise<void> {
    const now = Date.now();
    this.#starts = [...this.#starts.filter((time) => now - time < 60_000), now];
    const pauseMs = pauseBetweenDeathsMs(this.#starts.length);
    if (pauseMs === 0) return;
    tell(
      `PostgreSQL died ${this.#starts.length} times within a minute and starts again in ${pauseMs / 1_000} s; its log is ${this.#files.logFile}.`,
    );
    await sleep(pauseMs, undefined, { signal });
  }

  async stop(): Promise<void> {
    await stopPostmaster(this.#postmaster, HELD_PATIENCE);
  }

  boundLog(): void {
    try {
      boundServerLog(this.#files.logFile);
    } catch (error) {
      // A log that cannot be truncated is no reason to stop the database.
      process.stderr.write(`Cannot bound the log: ${errorText(error)}\n`);
    }
  }
}

/** Passes a sentence on unless it said the same within the last minute. */
function onceAMinute(tell: (sentence: string) => void): (sentence: string) => void {
  let last = { sentence: '', at: 0 };
  return (sentence) => {
    if (sentence === last.sentence && Date.now() - last.at < TELL_EVERY_MS) return;
    last = { sentence, at: Date.now() };
    tell(sentence);
  };
}
