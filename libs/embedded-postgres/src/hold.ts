import { setTimeout as sleep } from 'node:timers/promises';
import { unusableDataDir, type ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { latestClaim } from './guardian-claim.ts';
import { GuardianConnection } from './guardian-connection.ts';
import { launchGuardian } from './launch-guardian.ts';
import { processGone } from './process-life.ts';
import { diskFull, isFull, mayPass, retryPauseMs } from './restart-policy.ts';

/** Guardians may come and go during a hold. More often than this in a row means a serious problem. */
const MAX_ROUNDS = 20;
/** Longer than the guardian's own wait for Postgres, so that the guardian ends first. */
const RELEASE_LIMIT_MS = 15_000;

/** The callbacks of a hold. Their errors are ignored. */
export interface HoldListener {
  /** Something takes time or is unusual. */
  onProgress: (sentence: string) => void;
  /** The database is down, for this reason; attempts to start it go on. */
  onError: (sentence: string) => void;
  /** The database will not come back for this hold. */
  onLost: (error: EmbeddedPostgresError) => void;
}

/** One holder's side of the protocol. It takes its hold again by itself when the guardian is killed. */
export class Hold {
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
