import type { EntityManager } from 'typeorm';
import { PgBoss, type JobWithMetadata, type Queue } from 'pg-boss';
import {
  TransportError,
  type Deliver,
  type DeliveredMessage,
  type OutgoingMessage,
  type Settlement,
  type Subscription,
  type Transport,
  type TransportOptions,
} from '../transport.ts';

export interface PgBossSettings {
  /** The database of the outbox, so that a message moves in one commit. */
  readonly url: string;
  /** The schema of pg-boss's tables. */
  readonly schema: string;
}

/** The data of a job. */
interface Envelope {
  readonly key: string | null;
  readonly body: unknown;
  readonly headers: Record<string, string>;
  readonly sentAt: string;
}

/** The shortest interval at which pg-boss can watch a worker. For shorter times, the whole run of a job is limited instead. */
const SHORTEST_HEARTBEAT_S = 10;
const LONGEST_RUN_S = 3_600;
/** A year. pg-boss deletes jobs that nobody took for this long, and does not accept a longer time. */
const KEEP_WAITING_S = 365 * 24 * 3_600;
/** Handled jobs are no longer needed, because the inbox knows them. */
const KEEP_DONE_S = 600;
/** The inbox counts the attempts, so pg-boss must not stop before it. */
const RETRY_LIMIT = 10_000;
const DESTINATION = /^[\w.-]+$/;

/**
 * Sends messages as jobs of pg-boss on the same Postgres, with one queue for each destination and group. It needs no other process.
 * The relay moves a message from the outbox into all of its queues in one commit.
 */
export class PgBossTransport implements Transport {
  readonly system = 'pg-boss';
  readonly #settings: PgBossSettings;
  readonly #options: TransportOptions;
  #boss: PgBoss | undefined;

  constructor(settings: PgBossSettings, options: TransportOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#boss) return;
    const everySeconds = Math.max(1, Math.floor(this.#options.redeliverAfterMs / 2_000));
    const boss = new PgBoss({
      connectionString: this.#settings.url,
      schema: this.#settings.schema,
      application_name: 'messaging',
      max: 3,
      useListenNotify: true,
      schedule: false,
      // The tracing library already makes the spans; pg-boss would make a second one for each message.
      openTelemetry: { enabled: false },
      registerInstance: false,
      superviseIntervalSeconds: Math.min(60, everySeconds),
      monitorIntervalSeconds: Math.min(60, everySeconds),
    });
    // Without a listener, the first lost connection would end the process.
    boss.on('error', (error) => this.#options.onTrouble(sentenceOf(error)));
    try {
      await boss.start();
      await this.#createQueues(boss);
    } catch (error) {
      await boss.stop({ graceful: false }).catch(() => undefined);
      throw new TransportError(sentenceOf(error), { cause: error });
    }
    this.#boss = boss;
  }

  async publish(
    destination: string,
    messages: readonly OutgoingMessage[],
    manager: EntityManager,
  ): Promise<void> {
    const boss = this.#started();
    const jobs = messages.map(({ id, key, body, headers, sentAt }) => ({
      id,
      data: { key, body, headers: { ...headers }, sentAt: sentAt.toISOString() } satisfies Envelope,
    }));
    const db = {
      executeSql: async (sql: string, values: unknown[] = []) => {
        const runner = manager.queryRunner;
        if (!runner) throw new Error('the outbox publishes in a transaction only');
        const { records } = await runner.query(sql, values, true);
        return { rows: records as unknown[] };
      },
    };
    for (const group of this.#options.destinations[destination] ?? []) {
      await boss.insert(queueOf(destination, group), jobs, { db });
    }
  }

  async subscribe({ destination, group, maxMessages }: Subscription, deliver: Deliver): Promise<void> {
    const options = {
      batchSize: maxMessages,
      includeMetadata: true as const,
      perJobResults: true as const,
      // NOTIFY wakes the worker. The poll finds jobs whose notification was lost with a connection.
      pollingIntervalSeconds: 2,
      notifyPollingIntervalSeconds: 5,
    };
    const boss = this.#started();
    const worker = { id: '' };
    const fetchAgain = () => boss.notifyWorker(worker.id);
    worker.id = await boss.work<Envelope, unknown, typeof options>(
      queueOf(destination, group),
      options,
      async (jobs) => {
        const settlements = await deliver(jobs.map(messageOf));
        // More jobs may wait. `burstWhenBatchFull` of pg-boss does not apply to single jobs.
        if (jobs.length === maxMessages) fetchAgain();
        wakeAfterPause(settlements, fetchAgain);
        return jobs.map(({ id }, position) => ({
          id,
          status: settlements[position] === 'done' ? ('completed' as const) : ('failed' as const),
        }));
      },
    );
  }

  async check(): Promise<void> {
    try {
      await this.#started().getQueue(queueNamesOf(this.#options.destinations)[0] ?? '');
    } catch (error) {
      throw new TransportError(sentenceOf(error), { cause: error });
    }
  }

  async stop(): Promise<void> {
    const boss = this.#boss;
    this.#boss = undefined;
    await boss?.stop({ graceful: true, timeout: 60_000 });
  }

  async #createQueues(boss: PgBoss): Promise<void> {
    const { redeliverAfterMs, backoff, destinations } = this.#options;
    const seconds = Math.max(1, Math.round(redeliverAfterMs / 1_000));
    const isWatched = seconds >= SHORTEST_HEARTBEAT_S;
    const queue: Omit<Queue, 'name'> = {
      ...(isWatched ? { heartbeatSeconds: seconds } : {}),
      expireInSeconds: isWatched ? LONGEST_RUN_S : seconds,
      retryLimit: RETRY_LIMIT,
      retryDelay: Math.round(backoff.firstMs / 1_000),
      ...(backoff.firstMs >= 1_000 && {
        retryBackoff: true,
        retryDelayMax: Math.max(1, Math.round(backoff.mostMs / 1_000)),
      }),
      retentionSeconds: KEEP_WAITING_S,
      deleteAfterSeconds: KEEP_DONE_S,
      notify: true,
    };
    for (const name of queueNamesOf(destinations)) {
      if (!DESTINATION.test(name)) throw new Error(`${name} is no name for a destination and a group`);
      await boss.createQueue(name, queue);
      // The queue may have existed with other settings.
      await boss.updateQueue(name, queue);
    }
  }

  #started(): PgBoss {
    if (!this.#boss) throw new TransportError('pg-boss is not connected yet');
    return this.#boss;
  }
}

/** pg-boss sends no notification when a job is due again, so the next attempt would wait for a poll. */
function wakeAfterPause(settlements: readonly Settlement[], fetchAgain: () => unknown): void {
  const pauses = settlements.flatMap((one) => (one === 'done' ? [] : [one.retryAfterMs]));
  if (pauses.length > 0) setTimeout(fetchAgain, Math.min(...pauses) + 50).unref();
}

function queueNamesOf(destinations: TransportOptions['destinations']): string[] {
  return Object.entries(destinations).flatMap(([name, groups]) =>
    groups.map((group) => queueOf(name, group)),
  );
}

function queueOf(destination: string, group: string): string {
  return `${destination}.${group}`;
}

function messageOf(job: JobWithMetadata<Envelope>): DeliveredMessage {
  const { key = null, body, headers = {}, sentAt } = job.data ?? {};
  return { id: job.id, key, body, headers, sentAt: sentAt === undefined ? job.createdOn : new Date(sentAt) };
}

function sentenceOf(error: unknown): string {
  const { code, message } = (error ?? {}) as { code?: string; message?: string };
  if (code === '28P01' || code === '28000') {
    return 'pg-boss cannot log in to Postgres: the user or the password in DATABASE_URL was rejected';
  }
  if (code === '42501') return `pg-boss may not create its tables: ${message}; grant CREATE on the database`;
  const inner = error instanceof AggregateError ? (error.errors[0] as Error | undefined)?.message : message;
  return `pg-boss cannot reach its tables in Postgres: ${inner ?? String(error)}`;
}
