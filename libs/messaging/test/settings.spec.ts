import { readConfig, type ConfigError } from '@span-links/service-shell';
import { afterEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { messagingConfig, transportSettings, type Messaging } from '../src/index.ts';
import { World } from './world.ts';

const schema = z.object(messagingConfig());
const read = (env: Record<string, string>) =>
  transportSettings(readConfig(schema, env), 'postgres://u:p@127.0.0.1:1/orders');
const refusal = (env: Record<string, string>) => {
  try {
    return read(env);
  } catch (error) {
    return (error as ConfigError).message;
  }
};

describe('the settings of messaging', () => {
  it('choose pg-boss on the database of the app by default', () => {
    expect(read({})).toEqual({
      name: 'pg-boss',
      url: 'postgres://u:p@127.0.0.1:1/orders',
      schema: 'pgboss',
    });
    expect(read({ MESSAGING_TRANSPORT: 'nats' })).toEqual({ name: 'nats', url: 'nats://127.0.0.1:4222' });
    const kafka = { MESSAGING_TRANSPORT: 'kafka', KAFKA_BROKERS: 'a:1, [::1]:2', KAFKA_USERNAME: 'u' };
    expect(read({ ...kafka, KAFKA_PASSWORD: 's3cret' })).toEqual({
      name: 'kafka',
      brokers: ['a:1', '[::1]:2'],
      createTopics: true,
      partitions: 6,
      ssl: false,
      login: { mechanism: 'plain', username: 'u', password: 's3cret' },
    });
  });

  it('name the wrong value and the allowed values', () => {
    expect(refusal({ MESSAGING_TRANSPORT: 'rabbitmq' })).toBe(
      'MESSAGING_TRANSPORT is "rabbitmq"; it must be one of pg-boss, kafka, nats.',
    );
    expect(refusal({ KAFKA_BROKERS: 'http://a' })).toMatch(/^KAFKA_BROKERS is .*; it must be host:port/);
    expect(refusal({ NATS_URL: 'localhost' })).toMatch(/^NATS_URL is .*; it must be a URL such as nats:/);
    expect(refusal({ PG_BOSS_SCHEMA: 'a";drop' })).toMatch(/^PG_BOSS_SCHEMA is/);
  });
});

describe('pg-boss that cannot connect', () => {
  let world: World | undefined;
  afterEach(() => world?.close());

  it('gives the reason once, in one sentence; orders are accepted and wait', async () => {
    world = await World.open((url) => ({
      name: 'pg-boss',
      url: url.replace(/:[^:@]+@/, ':wrong@'),
      schema: 'pgboss',
    }));
    const messaging: Messaging = world.begin({ orders: ['shipping'] });
    await messaging.publisher.publish(world.dataSource.manager, { destination: 'orders', body: 1 });
    await expect.poll(() => world?.troubles.length, { timeout: 20_000 }).toBeGreaterThanOrEqual(1);
    await expect(messaging.check()).rejects.toThrow('DATABASE_URL was rejected');
    expect(world.troubles[0]).toBe(
      'pg-boss cannot log in to Postgres: the user or the password in DATABASE_URL was rejected. Messages wait in the outbox; trying again.',
    );
    expect(await world.outboxSize()).toBe(1);
  });
});
