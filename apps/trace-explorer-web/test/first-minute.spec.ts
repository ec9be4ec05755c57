import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { expect } from 'vitest';
import { eventually, it as withExplorer, openReader } from './reader.ts';

const it = withExplorer.extend<{ $test: { demo: { readonly url: string } } }>({
  demo: async ({}, use) => {
    const folder = await mkdtemp(join(tmpdir(), 'first-minute-'));
    // As root, Postgres runs as another user, who needs access to its data.
    await chmod(folder, 0o755);
    // Runs the same as `npm start` after the build, on free ports.
    const app = new AppUnderTest({
      main: new URL('../../demo/dist/main.js', import.meta.url),
      env: {
        EMBEDDED_POSTGRES_DIR: join(folder, 'postgres'),
        ORDERS_API_PORT: '0',
        ORDERS_BATCH_PORT: '0',
        EXPLORER_PORT: '0',
      },
    });
    const address = () => /see them at (http:\S+)/.exec(app.output)?.[1];
    await expect.poll(address, { timeout: 60_000, interval: 100 }).toBeDefined();
    await use({ url: address()! });
    await app.stop();
    await rm(folder, { recursive: true, force: true });
  },
});

it('half a minute after npm start, the first screen shows a completed journey with its wait', async ({
  demo,
  browser,
}) => {
  const { page, troubles } = await openReader(browser, demo.url);
  await page.goto('/');
  const list = page.getByRole('table', { name: 'Journeys' });
  const done = list.getByRole('row').filter({ hasText: 'Done' }).filter({ hasText: 'process-batch' }).first();
  // The batch runs every 15 seconds. The rest of the time is for exporters and for a busy machine.
  await done.waitFor({ timeout: 60_000 });
  const row = await done.innerText();
  expect(row).toContain('POST /orders');
  expect(row).toMatch(/order\.id/);
  await eventually(() => done.innerText()).toMatch(/waited [\d.]+ m?s/);
  expect(troubles.seen).toEqual([]);
  await page.context().close();
});
