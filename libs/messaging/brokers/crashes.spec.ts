import { hasBroker, startBroker, type BrokerName, type TestBroker } from '@span-links/broker-testing';
import { describe, expect, it } from 'vitest';
import type { TransportSettings } from '../src/index.ts';
import { BALANCED, crashRun } from '../test/crash-run.ts';
import { World } from '../test/world.ts';

// To start a long run: CRASH_KILLS=100 CRASH_SEED=1 npx vitest run --config vitest.brokers.config.ts brokers/crashes.spec.ts
const kills = Number(process.env['CRASH_KILLS'] ?? 5);
const seed = Number(process.env['CRASH_SEED'] ?? 20_261_129);
const settings: Record<'kafka' | 'nats', (broker: TestBroker) => TransportSettings> = {
  kafka: ({ url }) => ({ name: 'kafka', brokers: [url], createTopics: true, partitions: 4, ssl: false }),
  nats: ({ url }) => ({ name: 'nats', url }),
};

describe('producers, relays and consumers that are killed at random', () => {
  const names = ['kafka', 'nats'] as const satisfies BrokerName[];
  for (const name of names) {
    const title = `lose no message, repeat no effect, and leave no link unexplained (${name})`;
    it.skipIf(!hasBroker(name))(title, { timeout: 300_000 + kills * 30_000 }, async () => {
      const broker = await startBroker(name);
      const world = await World.open(() => settings[name](broker));
      try {
        const books = await crashRun(world, { seed, kills, destination: 'orders' });
        console.log(JSON.stringify(books));
        expect(books).toMatchObject(BALANCED);
        expect(books.messages).toBeGreaterThan(100);
      } finally {
        await world.close();
        await broker.destroy();
      }
    });
  }
});
