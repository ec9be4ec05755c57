import { cloneDatabase } from '@span-links/embedded-postgres/testing';
import { DataSource } from 'typeorm';
import { expect, inject } from 'vitest';
import {
  Messaging,
  type ConsumerDescription,
  type Delivery,
  type Message,
  type MessageHandler,
  type MessagingOptions,
  type TransportSettings,
} from '../src/index.ts';
import { TEMPLATE } from './postgres.setup.ts';

export type Consumers = readonly (readonly [ConsumerDescription, MessageHandler])[];

/** A database for one test, and the messaging processes that the test starts on it. */
export class World {
  readonly troubles: string[] = [];
  readonly #running = new Set<Messaging>();

  private constructor(
    readonly databaseUrl: string,
    readonly dataSource: DataSource,
    readonly settings: TransportSettings,
    readonly defaults: Partial<MessagingOptions>,
  ) {}

  static async open(
    settings: (databaseUrl: string) => TransportSettings,
    defaults: Partial<MessagingOptions> = {},
  ): Promise<World> {
    const databaseUrl = await cloneDatabase(inject('messagingServerUrl'), TEMPLATE);
    const dataSource = new DataSource({
      type: 'postgres',
      url: databaseUrl,
      poolSize: 20,
      poolErrorHandler: () => undefined,
    });
    await dataSource.initialize();
    return new World(databaseUrl, dataSource, settings(databaseUrl), defaults);
  }

  /** Starts the messaging of one process without waiting for its connection. */
  begin(
    destinations: MessagingOptions['destinations'],
    consumers: Consumers = [],
    options: Partial<MessagingOptions> = {},
  ): Messaging {
    const messaging = new Messaging({
      dataSource: this.dataSource,
      transport: this.settings,
      destinations,
      relayPollMs: 100,
      backoff: { firstMs: 50, mostMs: 200 },
      onTrouble: (sentence) => this.troubles.push(sentence),
      ...this.defaults,
      ...options,
    });
    for (const [description, handler] of consumers) messaging.consume(description, handler);
    messaging.start();
    this.#running.add(messaging);
    return messaging;
  }

  async start(...given: Parameters<World['begin']>): Promise<Messaging> {
    const messaging = this.begin(...given);
    await messaging.connected();
    return messaging;
  }

  async stop(messaging: Messaging): Promise<void> {
    this.#running.delete(messaging);
    await messaging.stop();
  }

  async close(): Promise<void> {
    await Promise.all([...this.#running].map((messaging) => messaging.stop()));
    await this.dataSource.destroy();
  }

  /** Returns the rows that handlers wrote with {@link effect}. */
  effects(): Promise<{ consumer: string; message_id: string; body: unknown; attempt: number }[]> {
    return this.dataSource.query('SELECT * FROM effects');
  }

  async untilEffects(count: number): Promise<Awaited<ReturnType<World['effects']>>> {
    await expect
      .poll(async () => (await this.effects()).length, { timeout: 90_000 })
      .toBeGreaterThanOrEqual(count);
    return this.effects();
  }

  async outboxSize(): Promise<number> {
    const [row] = await this.dataSource.query<{ n: number }[]>(
      'SELECT count(*)::int AS n FROM messaging_outbox',
    );
    return row?.n ?? 0;
  }
}

/** Returns a handler that writes one row for each message. */
export function effect(consumer: string): MessageHandler {
  return async (message: Message, { manager, attempt }: Delivery) => {
    await manager.query('INSERT INTO effects VALUES ($1, $2, $3, $4)', [
      consumer,
      message.id,
      JSON.stringify(message.body),
      attempt,
    ]);
  };
}
