import { setTimeout as sleep } from 'node:timers/promises';
import { trace, type Tracer } from '@opentelemetry/api';
import type { DataSource } from 'typeorm';
import { errorText } from '@span-links/service-shell';
import type { ConsumerDescription, MessageHandler } from './consume-messages.decorator.ts';
import { Inbox } from './inbox.ts';
import { MessagePublisher } from './message-publisher.ts';
import { MessageRunner } from './message-runner.ts';
import { OutboxRelay } from './outbox/outbox-relay.ts';
import {
  pauseAfter,
  TransportError,
  withDeadLetters,
  type Backoff,
  type Destinations,
  type Transport,
  type TransportName,
  type TransportOptions,
} from './transport.ts';
import { createTransport, type TransportSettings } from './transport-settings.ts';

export interface MessagingOptions {
  /** Holds the tables of `MessagingTables…` and the tables of the handlers. */
  readonly dataSource: DataSource;
  readonly transport: TransportSettings;
  /**
   * All destinations that this process publishes to or consumes, each with the groups that consume it. `<destination>.dead` is added
   * with the group `dead-letters`. Use the same map in all processes: pg-boss gives a message only to groups that its publisher knows.
   */
  readonly destinations: Destinations;
  /** If true (the default), this process moves messages from the outbox to the broker. */
  readonly relay?: boolean;
  /** How often the relay looks for messages that a killed process left behind, in ms. 1,000 by default. */
  readonly relayPollMs?: number;
  /** After this time, in ms, a message of a consumer that vanished goes to another consumer. 30,000 by default. */
  readonly redeliverAfterMs?: number;
  /** Attempts before a message goes to `<destination>.dead`, unless its consumer says otherwise. 5 by default. */
  readonly maxAttempts?: number;
  /** Pauses between attempts. By default they start at 1 s and double up to 60 s. pg-boss rounds them to seconds. */
  readonly backoff?: Backoff;
  /** How long the inbox remembers a handled message, in ms. 7 days by default. */
  readonly inboxRetentionMs?: number;
  /** Receives one sentence about each problem and about its end. */
  readonly onTrouble?: (sentence: string) => void;
  readonly tracer?: Tracer;
}

const CONNECT_BACKOFF = { firstMs: 500, mostMs: 15_000 };
const DEFAULT_MAX_ATTEMPTS = 5;
const STOP_PATIENCE_MS = 2_500;
const CLEAN_EVERY_MS = 3_600_000;
const WEEK_MS = 7 * 24 * 3_600_000;

/**
 * Messaging of one process: a publisher, the relay and consumers. If the broker or the database is away, the process keeps
 * running. It connects when it can, and messages wait in the outbox.
 */
export class Messaging {
  readonly publisher: MessagePublisher;
  readonly #options: MessagingOptions;
  readonly #destinations: Destinations;
  readonly #tracer: Tracer;
  readonly #transport: Transport;
  readonly #relay: OutboxRelay | undefined;
  readonly #consumers: { description: ConsumerDescription; handler: MessageHandler }[] = [];
  readonly #stopping = new AbortController();
  #connecting: Promise<void> | undefined;
  /** Says why there is no connection. Undefined when connected. */
  #problem: string | undefined = 'messaging was not started yet';
  #lastTold: string | undefined;
  #cleaning: NodeJS.Timeout | undefined;

  constructor(options: MessagingOptions) {
    this.#options = options;
    this.#destinations = withDeadLetters(options.destinations);
    this.#tracer = options.tracer ?? trace.getTracer('@span-links/messaging');
    const transportOptions: TransportOptions = {
      destinations: this.#destinations,
      redeliverAfterMs: options.redeliverAfterMs ?? 30_000,
      backoff: this.#backoff,
      onTrouble: (sentence) => this.#tell(sentence),
    };
    this.#transport = createTransport(options.transport, transportOptions);
    if (options.relay ?? true) {
      this.#relay = new OutboxRelay({
        dataSource: options.dataSource,
        transport: this.#transport,
        destinations: Object.keys(this.#destinations),
        tracer: this.#tracer,
        pollMs: options.relayPollMs ?? 1_000,
        onTrouble: (sentence) => this.#tell(sentence),
      });
    }
    this.publisher = new MessagePublisher({
      system: this.#transport.system,
      destinations: Object.keys(this.#destinations),
      tracer: this.#tracer,
      onWritten: (destination) => this.#relay?.wake(destination),
    });
  }

  get transport(): TransportName {
    return this.#transport.system;
  }

  /**
   * Adds a consumer. Call it before `start`.
   *
   * @throws if no destination has this name or the destination has no such group.
   */
  consume<T>(description: ConsumerDescription, handler: MessageHandler<T>): void {
    const { destination, group } = description;
    const groups = this.#destinations[destination];
    if (!groups?.includes(group)) {
      const known = Object.entries(this.#destinations).map(([name, list]) => `${name} (${list.join(', ')})`);
      throw new Error(
        `no destination ${destination} has a group ${group}; there are ${known.join(', ')}. Add it to the destinations of messaging.`,
      );
    }
    this.#consumers.push({ description, handler: handler as MessageHandler });
  }

  /** Connects in the background and keeps trying. Returns at once, so publishers do not wait for the broker. */
  start(): void {
    this.#connecting ??= this.#connect();
    if (this.#consumers.length === 0) return;
    this.#cleaning = setInterval(() => {
      void Inbox.clean(this.#options.dataSource, this.#options.inboxRetentionMs ?? WEEK_MS).catch(
        () => undefined,
      );
    }, CLEAN_EVERY_MS);
    this.#cleaning.unref();
  }

  /** Resolves when the first connection exists and all consumers run, or when messaging stops. */
  async connected(): Promise<void> {
    await this.#connecting;
  }

  /** Resolves if the broker answers. Use it for a readiness check. @throws {TransportError} with a sentence. */
  async check(): Promise<void> {
    if (this.#problem !== undefined) throw new TransportError(this.#problem);
    await this.#transport.check();
  }

  /** Accepts no more messages and resolves when the messages in progress are finished. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#cleaning);
    // An attempt to reach a dead broker can take half a minute. Unsent messages wait in the outbox.
    await atMost(STOP_PATIENCE_MS, this.#connecting);
    await atMost(STOP_PATIENCE_MS, this.#relay?.stop());
    await this.#transport.stop();
  }

  async #connect(): Promise<void> {
    const { signal } = this.#stopping;
    for (let attempt = 1; !signal.aborted; attempt++) {
      try {
        await this.#transport.start();
        if (signal.aborted) return await this.#transport.stop();
        await this.#subscribe();
        if (attempt > 1) this.#tell(`Messages flow through ${this.#transport.system} now.`);
        this.#problem = undefined;
        this.#relay?.start();
        return;
      } catch (error) {
        const reason = errorText(error);
        this.#problem = reason;
        this.#tell(`${reason}. Messages wait in the outbox; trying again.`);
        await sleep(pauseAfter(attempt, CONNECT_BACKOFF), undefined, { signal }).catch(() => undefined);
      }
    }
  }

  async #subscribe(): Promise<void> {
    for (let next = this.#consumers[0]; next; next = this.#consumers[0]) {
      const { description, handler } = next;
      const runner = new MessageRunner({
        dataSource: this.#options.dataSource,
        system: this.#transport.system,
        consumer: { maxAttempts: this.#options.maxAttempts ?? DEFAULT_MAX_ATTEMPTS, ...description },
        handler,
        backoff: this.#backoff,
        tracer: this.#tracer,
        onDead: (destination) => this.#relay?.wake(destination),
        onTrouble: (sentence) => this.#tell(sentence),
      });
      const { destination, group, batch, concurrency } = description;
      await this.#transport.subscribe(
        { destination, group, maxMessages: batch ?? concurrency ?? 1 },
        (messages) => runner.deliver(messages),
      );
      this.#consumers.shift();
    }
  }

  get #backoff(): Backoff {
    return this.#options.backoff ?? { firstMs: 1_000, mostMs: 60_000 };
  }

  // Skip a sentence that repeats the last one, so that an hour without a broker is one line.
  #tell(sentence: string): void {
    if (sentence === this.#lastTold) return;
    this.#lastTold = sentence;
    this.#options.onTrouble?.(sentence);
  }
}

async function atMost(limitMs: number, work: Promise<void> | undefined): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, sleep(limitMs, undefined, { signal: over.signal }).catch(() => undefined)]);
  over.abort();
}
