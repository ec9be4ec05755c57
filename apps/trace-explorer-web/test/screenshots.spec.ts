import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { describe } from 'vitest';
import { OrdersApps } from './orders-apps.ts';
import { newDatabaseUrl, runExplorer } from './explorer-process.ts';
import { eventually, it as withExplorer } from './reader.ts';

/**
 * Pictures of the documentation are only made with UPDATE_SCREENSHOTS=1, because each run would
 * change a time or an id.
 */
const isAsked = process.env['UPDATE_SCREENSHOTS'] === '1';
const IMAGES = fileURLToPath(new URL('../../../docs/images/', import.meta.url));
const WIDTH = 1440;
const BATCH_SIZES = [4, 7, 5];
// The last batch, which the pictures show.
const SHOWN = `${BATCH_SIZES.at(-1)} links from its spans`;

const it = withExplorer
  .override({ contextOptions: { viewport: { width: WIDTH, height: 760 }, colorScheme: 'light' } })
  .override('explorer', async ({}, { onCleanup }) => {
    // Spans of database calls have the database's name, and a test's name would look odd.
    const explorer = await runExplorer(await newDatabaseUrl('orders'), '0');
    onCleanup(() => explorer.stop());
    return explorer;
  });

describe.runIf(isAsked)('pictures for the documentation', () => {
  it('are taken from the spans of the order apps', async ({ explorer, page }) => {
    const apps = new OrdersApps(explorer);
    try {
      for (const size of BATCH_SIZES) {
        await apps.placeOrders(size - 1);
        // The batch finds that the stated total is wrong.
        await apps.placeOrders(1, 1);
        await apps.runBatch();
      }
      await apps.placeOrders(3);
    } finally {
      await apps.stop();
    }
    await page.goto('/traces');
    const batch = page.getByRole('row').filter({ hasText: 'process-batch' }).first();
    await batch.getByRole('link', { name: SHOWN }).waitFor();
    await save(page, 'trace-list', 640);

    await batch.locator('[data-row]').click();
    await page.getByRole('button', { name: /links to other spans: open the Links tab/ }).click();
    const links = page.getByRole('grid', { name: 'Links to' });
    await links.getByRole('link', { name: 'receive-order' }).first().waitFor();
    await widenPanel(page);
    await links.getByRole('button', { name: 'Details of link 1' }).click();
    await links.locator('[data-details]').getByText('persist-order').waitFor();
    await save(page, 'links-tab', 900);

    const nav = page.getByRole('navigation', { name: 'Views of this trace' });
    await nav.getByRole('link', { name: 'Link graph' }).click();
    await page.locator('[data-mark]').nth(1).waitFor();
    await unfold(page);
    await save(page, 'link-graph', 760);

    await nav.getByRole('link', { name: 'Stitched timeline' }).click();
    // A lane with one bar still waits for its spans.
    await page.locator('[data-mark]').nth(20).waitFor();
    await save(page, 'stitched-timeline', 720);
  });
});

/** Saves both themes after all animations, with the mouse out of the way. */
async function save(page: Page, name: string, height: number): Promise<void> {
  await page.setViewportSize({ width: WIDTH, height });
  await page.mouse.move(0, 0);
  let last = '';
  await eventually(async () => {
    const before = last;
    const asked = await page.evaluate(() => performance.getEntriesByType('resource').length);
    last = `${asked} ${await page.locator('main').innerHTML()}`;
    return last === before;
  }).toBe(true);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: `${IMAGES}${name}-${colorScheme}.png`, animations: 'disabled' });
  }
  await page.emulateMedia({ colorScheme: 'light' });
}

async function widenPanel(page: Page): Promise<void> {
  const splitter = page.getByRole('separator', { name: 'Size of the details' });
  await splitter.focus();
  await eventually(async () => {
    await page.keyboard.press('ArrowLeft');
    return Number(await splitter.getAttribute('aria-valuenow'));
  }).toBeGreaterThan(820);
}

async function unfold(page: Page): Promise<void> {
  const fold = page.locator('[data-kind=fold][role=button]').first();
  if ((await fold.count()) === 0) return;
  await fold.click();
  await page.locator('[data-kind=trace]').nth(2).waitFor();
}
