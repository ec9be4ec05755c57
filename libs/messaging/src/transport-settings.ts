import { boolean, configValue, durationMs, integer } from '@span-links/service-shell';
import { z } from 'zod';
import { KafkaTransport, type KafkaSettings } from './transports/kafka.transport.ts';
import { NatsTransport, type NatsSettings } from './transports/nats.transport.ts';
import { PgBossTransport, type PgBossSettings } from './transports/pg-boss.transport.ts';
import { TRANSPORTS, type Transport, type TransportOptions } from './transport.ts';

/** Selects a broker and says how to reach it. */
export type TransportSettings =
  | ({ readonly name: 'pg-boss' } & PgBossSettings)
  | ({ readonly name: 'kafka' } & KafkaSettings)
  | ({ readonly name: 'nats' } & NatsSettings);

export function createTransport(settings: TransportSettings, options: TransportOptions): Transport {
  switch (settings.name) {
    case 'pg-boss':
      return new PgBossTransport(settings, options);
    case 'kafka':
      return new KafkaTransport(settings, options);
    case 'nats':
      return new NatsTransport(settings, options);
  }
}

/** The environment variables of messaging. Spread them into the schema of an app and pass the result to {@link transportSettings}. */
export function messagingConfig() {
  return {
    MESSAGING_TRANSPORT: z
      .enum(TRANSPORTS)
      .default('pg-boss')
      .describe('Broker of messages; pg-boss needs nothing but the database'),
    MESSAGING_REDELIVER_AFTER_MS: durationMs({ min: 1_000, max: 3_600_000 })
      .default(30_000)
      .describe('After this time a message of a consumer that died goes to another one'),
    MESSAGING_MAX_ATTEMPTS: integer({ min: 1, max: 1_000 })
      .default(5)
      .describe('Attempts before a message goes to <destination>.dead'),
    PG_BOSS_SCHEMA: configValue('a name of lower-case letters, digits and _', (text) =>
      /^[a-z_][a-z0-9_]{0,49}$/.test(text) ? text : undefined,
    )
      .default('pgboss')
      .describe('Schema of the tables of pg-boss'),
    KAFKA_BROKERS: configValue('host:port of one or more brokers, separated by commas', brokersOf)
      .default(['127.0.0.1:9092'])
      .describe('Where Kafka answers'),
    KAFKA_USERNAME: text().optional().describe('User for SASL; without it no login'),
    KAFKA_PASSWORD: text().optional().describe('Password of that user'),
    KAFKA_SASL_MECHANISM: z
      .enum(['plain', 'scram-sha-256', 'scram-sha-512'])
      .default('plain')
      .describe('How the password is sent'),
    KAFKA_SSL: boolean().default(false).describe('Whether to encrypt the connection to Kafka'),
    KAFKA_CREATE_TOPICS: boolean().default(true).describe('Whether to create topics that do not exist'),
    KAFKA_PARTITIONS: integer({ min: 1, max: 1_000 }).default(6).describe('Partitions of a topic it creates'),
    NATS_URL: configValue('a URL such as nats://127.0.0.1:4222', (url) =>
      /^(nats|tls):\/\//.test(url) && URL.canParse(url) ? url : undefined,
    )
      .default('nats://127.0.0.1:4222')
      .describe('Where NATS answers; user:password@ before the host logs in'),
  };
}

/** The values that {@link messagingConfig} reads. */
export type MessagingEnvironment = z.output<z.ZodObject<ReturnType<typeof messagingConfig>>>;

/** @param databaseUrl the database of the outbox. pg-boss also keeps its jobs there. */
export function transportSettings(env: MessagingEnvironment, databaseUrl: string): TransportSettings {
  switch (env.MESSAGING_TRANSPORT) {
    case 'pg-boss':
      return { name: 'pg-boss', url: databaseUrl, schema: env.PG_BOSS_SCHEMA };
    case 'kafka':
      return {
        name: 'kafka',
        brokers: env.KAFKA_BROKERS,
        createTopics: env.KAFKA_CREATE_TOPICS,
        partitions: env.KAFKA_PARTITIONS,
        ssl: env.KAFKA_SSL,
        ...(env.KAFKA_USERNAME !== undefined && {
          login: {
            mechanism: env.KAFKA_SASL_MECHANISM,
            username: env.KAFKA_USERNAME,
            password: env.KAFKA_PASSWORD ?? '',
          },
        }),
      };
    case 'nats':
      return { name: 'nats', url: env.NATS_URL };
  }
}

function text() {
  return configValue('a text', (value) => value);
}

function brokersOf(value: string): string[] | undefined {
  const brokers = value.split(',').map((broker) => broker.trim());
  return brokers.every((broker) => /^[^\s:/]+:\d{1,5}$|^\[[\da-f:]+\]:\d{1,5}$/i.test(broker))
    ? brokers
    : undefined;
}
