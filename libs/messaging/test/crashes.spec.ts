import { describe, expect, it } from 'vitest';
import { BALANCED, crashRun } from './crash-run.ts';
import { World } from './world.ts';

// To start a long run: CRASH_KILLS=100 CRASH_SEED=1 npx vitest run test/crashes.spec.ts
const kills = Number(process.env['CRASH_KILLS'] ?? 5);
const seed = Number(process.env['CRASH_SEED'] ?? 20_261_129);

describe('producers, relays and consumers that are killed at random', () => {
  it(
    'lose no message, repeat no effect, and leave no link unexplained (pg-boss)',
    { timeout: 300_000 + kills * 30_000 },
    async () => {
      const world = await World.open((url) => ({ name: 'pg-boss', url, schema: 'pgboss' }));
      try {
        const books = await crashRun(world, { seed, kills, destination: 'orders' });
        console.log(JSON.stringify(books));
        expect(books).toMatchObject(BALANCED);
        expect(books.messages).toBeGreaterThan(100);
      } finally {
        await world.close();
      }
    },
  );
});
