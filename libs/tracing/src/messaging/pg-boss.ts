import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessage, sendMessages, type MessageCarrier } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A job as pg-boss 10 and later deliver it. Some of its fields need `includeMetadata`. */
export interface PgBossJob {
  readonly id: string;
  readonly name: string;
  readonly data: unknown;
  /** Retries so far. */
  readonly retryCount?: number | undefined;
  readonly createdOn?: Date | undefined;
}

/** The part of a `PgBoss` that the adapter uses. */
export interface PgBossSender<Options = unknown> {
  send(queue: string, data: object, options?: Options): Promise<string | null>;
}

/** The field of a job's data that holds the trace context: pg-boss has no headers. */
export const TRACE_FIELD = 'traceContext';

/**
 * A consumer of pg-boss jobs. Use `includeMetadata: true`, so that their waiting time is known.
 *
 * Turn pg-boss's own spans off (`new PgBoss({ openTelemetry: { enabled: false } })`); otherwise it makes a second one
 * per job.
 */
export function pgBossConsumer<J extends PgBossJob = PgBossJob>(
  queue: string,
  overrides: ConsumerOverrides<J> = {},
): MessageConsumer<J> {
  return messageConsumer<J>({
    system: 'pg-boss',
    destination: queue,
    headers: ({ data }) => (data as Record<string, unknown> | null)?.[TRACE_FIELD],
    id: ({ id }) => id,
    sentAt: ({ createdOn }) => createdOn,
    attempt: ({ retryCount }) => (retryCount === undefined ? undefined : retryCount + 1),
    ...overrides,
  });
}

/**
 * Sends a job in a span `send <queue>`, with the trace context in its data. In a transaction, pass its connection in
 * pg-boss's form: `{ db: { executeSql: (text, values) => client.query(text, values) } }`.
 *
 * @returns the id of the job; `null` if pg-boss did not take it.
 */
export function sendJob<Options>(
  boss: PgBossSender<Options>,
  queue: string,
  data: object,
  options?: Options,
): Promise<string | null> {
  return sendMessage({ system: 'pg-boss', destination: queue }, async (carrier, span) => {
    const id = await boss.send(queue, withCarrier(data, carrier), options);
    // pg-boss makes the id, so the span cannot have it at its start.
    if (id !== null) span.setAttribute('messaging.message.id', id);
    return id;
  });
}

/**
 * Inserts jobs in a span `send <queue>`, each with its own trace context:
 *
 * ```ts
 * await insertJobs('orders', orders.map((data) => ({ data })), (jobs) => boss.insert('orders', jobs));
 * ```
 */
export function insertJobs<J extends { readonly id?: string; readonly data?: object }, T>(
  queue: string,
  jobs: readonly J[],
  insert: (jobs: (J & { readonly data: object })[]) => T,
): T {
  const options = { system: 'pg-boss', destination: queue, id: ({ id }: J) => id };
  return sendMessages(options, jobs, (carriers) =>
    insert(jobs.map((job, index) => ({ ...job, data: withCarrier(job.data ?? {}, carriers[index] ?? {}) }))),
  );
}

function withCarrier(data: object, carrier: MessageCarrier): object {
  return { ...data, [TRACE_FIELD]: carrier };
}
