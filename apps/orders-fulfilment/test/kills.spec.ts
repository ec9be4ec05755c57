import { newTestDatabaseUrl } from '@span-links/orders-data/testing';
import { expect, it } from 'vitest';
import { balanceLinks, imbalances, runKills } from './kills.ts';
import { ShopFloor } from './shop-floor.ts';

// KILLS=100 SEED=7 npx vitest run test/kills.spec.ts runs for as long as you like; the same seed gives the same victims.
const { KILLS = '4', SEED = String(Date.now() % 100_000) } = process.env;

it(`balances the books after ${KILLS} kill -9 at random moments (seed ${SEED})`, async () => {
  const floor = await ShopFloor.open(await newTestDatabaseUrl(), {
    MESSAGING_REDELIVER_AFTER_MS: '3000',
    // Kills use up attempts. The limit is high, so that no message is given up because of them.
    MESSAGING_MAX_ATTEMPTS: '1000',
  });
  try {
    const run = await runKills(floor, {
      seed: Number(SEED),
      kills: Number(KILLS),
      lanes: 2,
      onKill: (kill, name) => console.log(`kill ${kill}: ${name}`),
    });
    expect(await imbalances(floor, run.accepted)).toEqual([]);
    await floor.stop();
    const links = await balanceLinks(floor, run);
    console.log(`${run.kills.length} kills, ${run.accepted.length} orders, ${JSON.stringify(links)}`);
    expect(links.unexplained).toEqual([]);
    expect(links.links).toBeGreaterThanOrEqual(run.accepted.length);
  } finally {
    await floor.close();
  }
}, 5_400_000);
