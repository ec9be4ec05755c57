import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { checkDatabaseName } from './admin-connection.ts';
import { clusterFiles, type ClusterFiles, unusableDataDir } from './cluster.ts';
import { EmbeddedPostgresError, errorCode, errorText } from './embedded-postgres-error.ts';
import { type GuardianClaim, latestClaim } from './guardian-claim.ts';
import {
  type GuardianMessage,
  type GuardianTask,
  type HolderMessage,
  type LaunchMessage,
  onJsonLine,
  writeJsonLine,
} from './guardian-protocol.ts';
import { processGone } from './postmaster.ts';
import { diskFull, isFull, mayPass, retryPauseMs } from './restart-policy.ts';
import { openServerLog, serverLogSince, serverLogSize } from './server-log.ts';
import { CHILD_ENV } from './server-user.ts';

export interface HoldDatabaseOptions {
  /** The folder for the database, made if it is missing; see `defaultDataDir`. */
  dataDir: string;
  /** Created if it is missing. Default: `span_links`. */
  database?: string;
  /** Receives a sentence about anything that takes time or is unusual. */
  onProgress?: (line: string) => void;
  /**
   * Receives a sentence when the database is down, with the reason, a full disk for example. The database comes back by
   * itself.
   */
  onError?: (sentence: string) => void;
  /**
   * Called once if the database will not come back for this hold: it was stopped from outside, or its data is gone or
   * unusable. A process that needs the database should end, so that a supervisor can act.
   */
  onLost?: (error: EmbeddedPostgresError) => void;
  /** The variable that names another PostgreSQL, for the advice in errors. Default: `DATABASE_URL`. */
  urlVariable?: string;
  /** Aborts the wait. First stops everything that was started by then, unless others hold it. */
  signal?: AbortSignal;
}

export interface HeldDatabase {
  /** `postgres://…` on 127.0.0.1, including the password. It is valid as long as the database is held. */
  readonly url: string;
  readonly dataDir: string;
  /**
   * Releases the hold. Resolves when others still hold the database, or when PostgreSQL and its guardian are gone; at
   * once when called again. Never rejects.
   */
  release(): Promise<void>;
}

/**
 * Holds the embedded PostgreSQL of a data folder: the first holder on the machine starts it, the others share it, and
 * it stops when the last one has released it, exited or been killed. A hold does not keep its process running.
 *
 * @throws {EmbeddedPostgresError} if the database is not available here; its message gives the reason in one sentence.
 */
export async function holdDatabase(options: HoldDatabaseOptions): Promise<HeldDatabase> {
  const { database = 'span_links', onProgress = () => {}, onError = () => {}, onLost = () => {} } = options;
  const { signal } = options;
  checkDatabaseName(database);
  signal?.throwIfAborted();
  try {
    const hold = new Hold(clusterFiles(resolve(options.dataDir)), database, { onProgress, onError, onLost });
    const url = await hold.take(signal);
    return { url, dataDir: hold.dataDir, release: () => hold.release() };
  } catch (error) {
    throw withVariable(error, options.urlVariable ?? DEFAULT_VARIABLE);
  }
}

const DEFAULT_VARIABLE = 'DATABASE_URL';

/**
 * Errors also come from the guardian, which serves holders with different variables. Only this process knows the name.
 */
function withVariable(error: unknown, variable: string): unknown {
  if (variable === DEFAULT_VARIABLE || !(error instanceof EmbeddedPostgresError)) return error;
  const message = error.message.replaceAll(DEFAULT_VARIABLE, variable);
  return new EmbeddedPostgresError(error.failure, message, { cause: error });
}

/** Guardians may come and go during a hold. More often than this in a row means a serious problem. */
const MAX_ROUNDS = 20;
/** Longer than the guardian's own wait for Postgres, so that the guardian ends first. */
const RELEASE_LIMIT_MS = 15_000;

/** The callbacks of a hold. Their errors are ignored. */
interface HoldListener {
  /** Something takes time or is unusual. */
  onProgress: (sentence: string) => void;
  /** The database is down, for this reason; attempts to start it go on. */
  onError: (sentence: string) => void;
  /** The database will not come back for this hold. */
  onLost: (error: EmbeddedPostgresError) => void;
}

/** One holder's side of the protocol. It takes its hold again by itself when the guardian is killed. */
class Hold {
  readonly #files: ClusterFiles;
  readonly #database: string;
  readonly #listener: HoldListener;
  readonly #releasing = new AbortController();
  #url: string | undefined;
  /** Why the guardian of the current connection gave up. */
  #failure: EmbeddedPostgresError | undefined;
  #connection: GuardianConnection | undefined;
  #retaking: Promise<boolean> | undefined;
  #isToldToStop = false;
  #released: Promise<void> | undefined;

  constructor(files: ClusterFiles, database: string, listener: HoldListener) {
    this.#files = files;
    this.#database = database;
    this.#listener = listener;
  }

  get dataDir(): string {
    return this.#files.dataDir;
  }

  /** Resolves with the database's URL once it takes connections. */
  async take(signal?: AbortSignal): Promise<string> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const connection = await this.#connect();
      const answer = await this.#ask(connection, signal);
      if (signal?.aborted === true) {
        await this.release();
        throw signal.reason;
      }
      if (answer?.kind === 'failed') {
        connection.hangUp();
        throw new EmbeddedPostgresError(answer.failure, answer.message);
      }
      if (answer?.kind === 'ready') {
        this.#stay(connection);
        this.#url ??= answer.url;
        return answer.url;
      }
      // The guardian was ending. Its successor can start only after it has ended completely.
      await processGone(connection.guardianPid, RELEASE_LIMIT_MS);
    }
    const message = `The embedded database in ${this.#files.dataDir} kept stopping; its log is ${this.#files.logFile}.`;
    throw new EmbeddedPostgresError('guardian', message);
  }

  release(): Promise<void> {
    this.#releasing.abort();
    this.#released ??= this.#letGo();
    return this.#released;
  }

  async #connect(): Promise<GuardianConnection> {
    try {
      return await this.#findOrLaunchGuardian();
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      if (isFull(this.#files.dataDir)) throw diskFull(this.#files.dataDir);
      // Most likely files of another user, who held the database here before.
      throw unusableDataDir(this.#files.dataDir, error);
    }
  }

  async #findOrLaunchGuardian(): Promise<GuardianConnection> {
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const claim = latestClaim(this.#files.claimDir);
      const connection = claim === undefined ? undefined : await GuardianConnection.open(claim);
      if (connection !== undefined) return connection;
      await launchGuardian(this.#files, (claim?.generation ?? 0) + 1);
    }
    throw new EmbeddedPostgresError('guardian', `No guardian of ${this.#files.dataDir} stays alive.`);
  }

  async #ask(connection: GuardianConnection, signal: AbortSignal | undefined) {
    this.#connection = connection;
    this.#isToldToStop = false;
    this.#failure = undefined;
    connection.listen((message) => {
      if (message.kind === 'progress') this.#tell(() => this.#listener.onProgress(message.line));
      if (message.kind === 'trouble') this.#tell(() => this.#listener.onError(message.line));
      if (message.kind === 'failed')
        this.#failure = new EmbeddedPostgresError(message.failure, message.message);
      if (message.kind === 'stopping') this.#isToldToStop = true;
    });
    const answer = connection.first('ready', 'failed');
    connection.say({ kind: 'hold', database: this.#database });
    if (signal === undefined) return answer;
    return Promise.race([answer, abortOf(signal)]);
  }

  #stay(connection: GuardianConnection): void {
    connection.keepProcessRunning(false);
    void connection.closed.then(() => {
      if (this.#releasing.signal.aborted) return;
      if (this.#failure !== undefined) this.#lose(this.#failure);
      else if (this.#isToldToStop) this.#lose(stoppedFromOutside());
      else this.#retaking = this.#retake();
    });
  }

  /** Tries as long as another attempt may succeed. @returns whether the hold could be taken again. */
  async #retake(): Promise<boolean> {
    const since = Date.now();
    let told = '';
    for (let failures = 1; ; failures += 1) {
      try {
        const url = await this.take();
        if (url === this.#url) return true;
        throw new EmbeddedPostgresError('moved', 'The embedded database came back at another address.');
      } catch (error) {
        const isReleasing = this.#releasing.signal.aborted;
        if (isReleasing || !mayPass(error, Date.now() - since)) {
          this.#lose(asEmbeddedError(error));
          return false;
        }
        const sentence = `The embedded database is away: ${errorText(error)} It is tried again until it is back.`;
        if (sentence !== told) this.#tell(() => this.#listener.onError(sentence));
        told = sentence;
      }
      const options = { ref: false, signal: this.#releasing.signal };
      await sleep(retryPauseMs(failures), undefined, options).catch(() => undefined);
    }
  }

  #lose(error: EmbeddedPostgresError): void {
    if (!this.#releasing.signal.aborted) this.#tell(() => this.#listener.onLost(error));
  }

  async #letGo(): Promise<void> {
    await this.#retaking;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await this.#tryToLetGo()) return;
      // The guardian was killed before it received the release. If this is the last holder, it must end the orphaned
      // server, which needs a guardian.
      if (!(await this.#retake())) return;
    }
  }

  async #tryToLetGo(): Promise<boolean> {
    const connection = this.#connection;
    if (connection === undefined) return true;
    connection.keepProcessRunning(true);
    connection.say({ kind: 'release' });
    const answer = await connection.first('kept', 'stopping');
    if (answer?.kind !== 'kept') await processGone(connection.guardianPid, RELEASE_LIMIT_MS);
    connection.hangUp();
    return answer !== undefined || this.#isToldToStop;
  }

  #tell(tell: () => void): void {
    try {
      tell();
    } catch {
      // An error of the listener, which is its own problem.
    }
  }
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}

function stoppedFromOutside(): EmbeddedPostgresError {
  return new EmbeddedPostgresError('stopped', 'The embedded database was stopped from outside.');
}

function asEmbeddedError(error: unknown): EmbeddedPostgresError {
  return error instanceof EmbeddedPostgresError
    ? error
    : new EmbeddedPostgresError('guardian', errorText(error), { cause: error });
}

/** A holder's connection to the guardian. The connection itself holds the database. */
class GuardianConnection {
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

/**
 * Compiled, because a separate process cannot run the TypeScript that tests import. The path is the same from src and
 * dist.
 */
const ENTRY = fileURLToPath(new URL('../dist/guardian-main.js', import.meta.url));

/**
 * Starts a guardian that may take this generation, outside the caller's process tree and group. Resolves when it has
 * taken it, or when it ended because another one was first. Throws `guardian` or `disk-full` if it broke before that.
 */
async function launchGuardian(files: ClusterFiles, generation: number): Promise<void> {
  if (!existsSync(ENTRY)) {
    throw new EmbeddedPostgresError(
      'guardian',
      `${ENTRY} is missing: build the project embedded-postgres first.`,
    );
  }
  const logOffset = serverLogSize(files.logFile);
  const log = openServerLog(files.logFile);
  const task: GuardianTask = { step: 'launch', dataDir: files.dataDir, generation, tempDir: tmpdir() };
  try {
    const launcher = spawn(process.execPath, [ENTRY, JSON.stringify(task)], {
      cwd: '/',
      env: CHILD_ENV,
      detached: true,
      windowsHide: true,
      stdio: ['ignore', 'pipe', log],
    });
    const answer = await firstAnswer(launcher);
    if (answer === undefined) {
      if (isFull(files.dataDir)) throw diskFull(files.dataDir);
      const reason = serverLogSince(files.logFile, logOffset).trim().split('\n')[0];
      throw new EmbeddedPostgresError(
        'guardian',
        `The process that looks after the embedded database did not start: ${reason || 'it gave no reason'}`,
      );
    }
  } finally {
    closeSync(log);
  }
}

function firstAnswer(launcher: ChildProcess): Promise<LaunchMessage | undefined> {
  return new Promise((resolve) => {
    const { stdout } = launcher;
    launcher.once('error', () => resolve(undefined));
    if (stdout === null) return;
    // The guardian inherits the pipe, so the pipe closes without a message only when both are gone.
    stdout.once('close', () => resolve(undefined));
    onJsonLine(stdout, (message) => {
      resolve(message as LaunchMessage);
      stdout.destroy();
    });
  });
}
