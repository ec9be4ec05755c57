import { unusableDataDir, type ClusterFiles } from './cluster-files.ts';
import { EmbeddedPostgresError, errorText } from './embedded-postgres-error.ts';
import { latestClaim } from './guardian-claim.ts';
import { GuardianConnection } from './guardian-connection.ts';
import { launchGuardian } from './launch-guardian.ts';
import { processGone } from './process-life.ts';

/** Guardians may come and go under our feet; more often than this in a row, something is very wrong. */
const MAX_ROUNDS = 20;
/** More than the guardian's own patience with Postgres, so that the guardian ends first. */
const RELEASE_LIMIT_MS = 15_000;

/** One holder's side of the deal. It takes its hold again by itself when the guardian is killed. */
export class Hold {
  readonly #files: ClusterFiles;
  readonly #database: string;
  readonly #onProgress: (line: string) => void;
  #connection: GuardianConnection | undefined;
  #retaking: Promise<boolean> | undefined;
  #isToldToStop = false;
  #released: Promise<void> | undefined;

  constructor(files: ClusterFiles, database: string, onProgress: (line: string) => void) {
    this.#files = files;
    this.#database = database;
    this.#onProgress = onProgress;
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
        return answer.url;
      }
      // It was on its way out: its successor may start only after its very end.
      await processGone(connection.guardianPid, RELEASE_LIMIT_MS);
    }
    const message = `The embedded database in ${this.#files.dataDir} kept stopping; its log is ${this.#files.logFile}.`;
    throw new EmbeddedPostgresError('guardian', message);
  }

  release(): Promise<void> {
    this.#released ??= this.#letGo();
    return this.#released;
  }

  async #connect(): Promise<GuardianConnection> {
    try {
      return await this.#findOrLaunchGuardian();
    } catch (error) {
      if (error instanceof EmbeddedPostgresError) throw error;
      // Most likely files of another user, who held here before.
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
    connection.listen((message) => {
      if (message.kind === 'progress') this.#report(message.line);
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
      if (this.#released !== undefined) return;
      if (this.#isToldToStop) this.#report('The embedded database was stopped from outside.');
      else this.#retaking = this.#retake();
    });
  }

  /** Whether the hold could be taken again. */
  async #retake(): Promise<boolean> {
    try {
      await this.take();
      return true;
    } catch (error) {
      this.#report(`The hold on the embedded database is lost: ${errorText(error)}`);
      return false;
    }
  }

  async #letGo(): Promise<void> {
    await this.#retaking;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      if (await this.#tryToLetGo()) return;
      // The guardian was killed before it heard us. If we are the last, the server it left behind is ours to end,
      // which takes a guardian.
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

  #report(line: string): void {
    try {
      this.#onProgress(line);
    } catch {
      // The listener's own trouble.
    }
  }
}

function abortOf(signal: AbortSignal): Promise<undefined> {
  if (signal.aborted) return Promise.resolve(undefined);
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(undefined), { once: true }));
}
