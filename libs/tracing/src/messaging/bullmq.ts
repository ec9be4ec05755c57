import { messageConsumer, type MessageConsumer } from '../message-consumer.ts';
import { sendMessage, sendMessages, type MessageCarrier } from '../message-producer.ts';
import type { ConsumerOverrides } from './consumer-overrides.ts';

/** A job as BullMQ 5 and later deliver it. */
export interface BullJob {
  readonly id?: string | undefined;
  readonly name: string;
  readonly queueName: string;
  /** ms since the epoch. */
  readonly timestamp: number;
  readonly opts: { readonly telemetry?: { readonly metadata?: string } };
  readonly attemptsStarted?: number;
  readonly attemptsMade?: number;
}

/** The options of a job that the adapter sets. */
export interface BullJobOptions {
  readonly jobId?: string | undefined;
  readonly telemetry?: { readonly metadata?: string; readonly omitContext?: boolean } | undefined;
}

/** The part of a `Queue` that the adapter uses. */
export interface BullQueue<O extends BullJobOptions, J> {
  readonly name: string;
  add(name: string, data: unknown, options?: O): Promise<J>;
}

/**
 * A consumer of BullMQ jobs. It counts the attempt by `attemptsStarted`, because `attemptsMade` stays 0 when a worker
 * is killed.
 *
 * With bullmq-otel it adopts that library's span instead of making one.
 */
export function bullConsumer<J extends BullJob = BullJob>(
  queue: string,
  overrides: ConsumerOverrides<J> = {},
): MessageConsumer<J> {
  return messageConsumer<J>({
    system: 'bullmq',
    destination: queue,
    headers: ({ opts }) => opts.telemetry?.metadata,
    id: ({ id }) => id,
    sentAt: ({ timestamp }) => timestamp,
    attempt: ({ attemptsStarted, attemptsMade = 0 }) => attemptsStarted ?? attemptsMade + 1,
    ...overrides,
  });
}

/** Adds a job in a span `send <queue>`, with the trace context in BullMQ's own place for it. */
export function addJob<O extends BullJobOptions, J extends { readonly id?: string | undefined }>(
  queue: BullQueue<O, J>,
  name: string,
  data: unknown,
  options?: O,
): Promise<J> {
  return sendMessage(
    { system: 'bullmq', destination: queue.name, id: options?.jobId },
    async (carrier, span) => {
      const job = await queue.add(name, data, withCarrier(options, carrier));
      // BullMQ makes the id, so the span cannot have it at its start.
      if (job.id !== undefined) span.setAttribute('messaging.message.id', job.id);
      return job;
    },
  );
}

/**
 * Adds jobs in a span `send <queue>`, each with its own trace context:
 *
 * ```ts
 * await addBulk('orders', jobs, (jobs) => queue.addBulk(jobs));
 * ```
 */
export function addBulk<B extends { readonly name: string; readonly opts?: BullJobOptions | undefined }, T>(
  queue: string,
  jobs: readonly B[],
  add: (jobs: B[]) => T,
): T {
  const options = { system: 'bullmq', destination: queue, id: ({ opts }: B) => opts?.jobId };
  return sendMessages(options, jobs, (carriers) =>
    add(jobs.map((job, index) => ({ ...job, opts: withCarrier(job.opts, carriers[index] ?? {}) }))),
  );
}

function withCarrier<O extends BullJobOptions>(options: O | undefined, carrier: MessageCarrier): O {
  // `omitContext` keeps bullmq-otel from putting its own context here.
  return { ...options, telemetry: { metadata: JSON.stringify(carrier), omitContext: true } } as O;
}
