import type { Admin, Consumer, EachBatchPayload, Kafka, KafkaMessage, Producer, SASLOptions } from 'kafkajs';
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
import { kafkaProblem, missingTopic } from './kafka-problem.ts';
import { bodyFrom, MESSAGE_ID_HEADER } from './wire-format.ts';

export interface KafkaSettings {
  /** `host:port` of one or more brokers. */
  readonly brokers: readonly string[];
  readonly createTopics: boolean;
  /** Partitions of a new topic. */
  readonly partitions: number;
  readonly ssl: boolean;
  readonly login?: {
    readonly mechanism: 'plain' | 'scram-sha-256' | 'scram-sha-512';
    readonly username: string;
    readonly password: string;
  };
}

// By default, brokers refuse a shorter time (group.min.session.timeout.ms).
const SHORTEST_SESSION_MS = 6_000;
const CONNECT_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECT_LIMIT_MS = 30_000;
const HEARTBEAT_EVERY_MS = 1_000;

/**
 * Sends messages through Kafka 4, with one topic for each destination and one consumer group for each destination and group.
 *
 * Kafka tracks offsets, not single messages. A message that needs another attempt pauses its partition. When it is fetched again, later
 * messages that are already done are skipped. So messages of one partition wait for each other and keep their order.
 *
 * The client is kafkajs, because it runs on Node.js 20; `@platformatic/kafka` requires 22.22.
 */
export class KafkaTransport implements Transport {
  readonly system = 'kafka';
  readonly #settings: KafkaSettings;
  readonly #options: TransportOptions;
  readonly #consumers: Consumer[] = [];
  readonly #pauses = new Set<NodeJS.Timeout>();
  #client: { kafka: Kafka; producer: Producer; admin: Admin } | undefined;

  constructor(settings: KafkaSettings, options: TransportOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#client) return;
    const kafka = await this.#newClient();
    const { Partitioners } = (await import('kafkajs')).default;
    const admin = kafka.admin({ retry: { retries: 2 } });
    const producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      // A request that is repeated after a lost answer then writes its messages only once.
      idempotent: true,
      maxInFlightRequests: 1,
      retry: { retries: 2 },
    });
    try {
      await within(CONNECT_LIMIT_MS, async () => {
        await admin.connect();
        await this.#checkTopics(admin);
        await producer.connect();
      });
    } catch (error) {
      void Promise.allSettled([admin.disconnect(), producer.disconnect()]);
      throw kafkaProblem(error, this.#address);
    }
    this.#client = { kafka, producer, admin };
  }

  async publish(destination: string, messages: readonly OutgoingMessage[]): Promise<void> {
    try {
      await this.#started().producer.send({
        topic: destination,
        acks: -1,
        messages: messages.map(({ id, key, body, headers, sentAt }) => ({
          key,
          value: JSON.stringify(body),
          headers: { ...headers, [MESSAGE_ID_HEADER]: id },
          timestamp: String(sentAt.getTime()),
        })),
      });
    } catch (error) {
      throw kafkaProblem(error, this.#address, destination);
    }
  }

  async subscribe(subscription: Subscription, deliver: Deliver): Promise<void> {
    const { destination, group } = subscription;
    const sessionTimeout = Math.max(SHORTEST_SESSION_MS, this.#options.redeliverAfterMs);
    const consumer = this.#started().kafka.consumer({
      groupId: `${destination}.${group}`,
      allowAutoTopicCreation: false,
      sessionTimeout,
      heartbeatInterval: Math.min(3_000, sessionTimeout / 4),
      rebalanceTimeout: 60_000,
      maxWaitTimeInMs: 500,
      // The consumer joins its group again after any failure.
      retry: { retries: 5, maxRetryTime: 5_000, restartOnFailure: () => Promise.resolve(true) },
    });
    const settled = new Map<number, Set<string>>();
    consumer.on('consumer.group_join', () => settled.clear());
    consumer.on('consumer.crash', ({ payload }) => {
      this.#options.onTrouble(
        `${kafkaProblem(payload.error, this.#address, destination).message}. Its consumers join again.`,
      );
    });
    try {
      await consumer.connect();
      await consumer.subscribe({ topics: [destination], fromBeginning: true });
      await consumer.run({
        autoCommit: false,
        eachBatchAutoResolve: false,
        eachBatch: (payload) => this.#handle(payload, subscription, deliver, settled),
      });
    } catch (error) {
      await consumer.disconnect().catch(() => undefined);
      throw kafkaProblem(error, this.#address, destination);
    }
    this.#consumers.push(consumer);
  }

  async check(): Promise<void> {
    try {
      await this.#started().admin.describeCluster();
    } catch (error) {
      throw kafkaProblem(error, this.#address);
    }
  }

  async stop(): Promise<void> {
    for (const timer of this.#pauses) clearTimeout(timer);
    // `disconnect` resolves when the running batch has ended.
    await Promise.all(this.#consumers.splice(0).map((consumer) => consumer.disconnect()));
    const client = this.#client;
    this.#client = undefined;
    await Promise.allSettled([client?.producer.disconnect(), client?.admin.disconnect()]);
  }

  async #handle(
    payload: EachBatchPayload,
    { maxMessages }: Subscription,
    deliver: Deliver,
    settledOffsets: Map<number, Set<string>>,
  ): Promise<void> {
    const { topic, partition, messages } = payload.batch;
    const settled = settledOffsets.get(partition) ?? new Set<string>();
    settledOffsets.set(partition, settled);
    for (let from = 0; from < messages.length; from += maxMessages) {
      if (!payload.isRunning() || payload.isStale()) return;
      const chunk = messages.slice(from, from + maxMessages);
      const open = chunk.filter(({ offset }) => !settled.has(offset));
      const settlements = await withHeartbeat(payload, () =>
        deliver(open.map((message) => messageOf(message, topic, partition))),
      );
      open.forEach(({ offset }, position) => settlements[position] === 'done' && settled.add(offset));
      const isComplete = resolveInOrder(chunk, settled, payload);
      // After a kill between the effect and this commit, the messages are delivered again. The inbox then recognizes them.
      await payload.commitOffsetsIfNecessary(payload.uncommittedOffsets());
      if (!isComplete) return this.#pause(payload, longestPause(settlements));
    }
  }

  #pause(payload: EachBatchPayload, ms: number): void {
    const resume = payload.pause();
    const timer = setTimeout(() => {
      this.#pauses.delete(timer);
      resume();
    }, ms);
    this.#pauses.add(timer);
  }

  async #newClient(): Promise<Kafka> {
    const { Kafka, logLevel } = (await import('kafkajs')).default;
    const { brokers, ssl, login } = this.#settings;
    return new Kafka({
      clientId: 'span-links',
      brokers: [...brokers],
      ssl,
      // This transport reports problems in its own sentences.
      logLevel: logLevel.NOTHING,
      connectionTimeout: CONNECT_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
      retry: { retries: 3, initialRetryTime: 200, maxRetryTime: 2_000 },
      // Pass a copy, because kafkajs changes it.
      ...(login && { sasl: { ...login } as SASLOptions }),
    });
  }

  async #checkTopics(admin: Admin): Promise<void> {
    const { createTopics, partitions } = this.#settings;
    const existing = new Set(await admin.listTopics());
    const missing = Object.keys(this.#options.destinations).filter((topic) => !existing.has(topic));
    if (missing.length === 0) return;
    if (!createTopics) throw new TransportError(missingTopic(this.#address, missing.join(', ')));
    await admin.createTopics({
      topics: missing.map((topic) => ({ topic, numPartitions: partitions })),
      waitForLeaders: true,
    });
  }

  #started() {
    if (!this.#client) throw new TransportError(`Kafka at ${this.#address} is not connected yet`);
    return this.#client;
  }

  get #address(): string {
    return this.#settings.brokers.join(', ');
  }
}

/** Limits the time, because kafkajs waits for ever if the connection breaks during the login. */
async function within(limitMs: number, work: () => Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TransportTimeout()), limitMs);
  });
  try {
    await Promise.race([work(), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

/** Has a name like the errors of the client, because `kafkaProblem` recognizes errors by name. */
class TransportTimeout extends Error {
  override readonly name = 'Timeout';
}

/** @returns false if a message of the chunk is not done. Nothing after that message may be committed. */
function resolveInOrder(
  chunk: readonly KafkaMessage[],
  settled: Set<string>,
  payload: EachBatchPayload,
): boolean {
  for (const { offset } of chunk) {
    if (!settled.delete(offset)) return false;
    payload.resolveOffset(offset);
  }
  return true;
}

function longestPause(settlements: readonly Settlement[]): number {
  return Math.max(0, ...settlements.map((one) => (one === 'done' ? 0 : one.retryAfterMs)));
}

/** Keeps the session alive, because a handler can run longer than the session timeout. */
async function withHeartbeat<T>(payload: EachBatchPayload, work: () => Promise<T>): Promise<T> {
  // A failed heartbeat means a rebalance. The inbox handles that.
  const timer = setInterval(() => void payload.heartbeat().catch(() => undefined), HEARTBEAT_EVERY_MS);
  try {
    return await work();
  } finally {
    clearInterval(timer);
  }
}

function messageOf(message: KafkaMessage, topic: string, partition: number): DeliveredMessage {
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(message.headers ?? {})) {
    const first = Array.isArray(value) ? value[0] : value;
    if (first !== undefined) headers[name.toLowerCase()] = first.toString();
  }
  const key = message.key?.toString() ?? null;
  return {
    id: headers[MESSAGE_ID_HEADER] ?? `${topic}:${partition}:${message.offset}`,
    key,
    ...bodyFrom(message.value?.toString() ?? 'null'),
    headers,
    sentAt: new Date(Number(message.timestamp)),
    attributes: {
      'messaging.destination.partition.id': String(partition),
      'messaging.kafka.offset': Number(message.offset),
      ...(key !== null && { 'messaging.kafka.message.key': key }),
    },
  };
}
