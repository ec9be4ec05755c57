import { expect } from 'vitest';
import { OrdersApps } from './orders-apps.ts';
import { eventually, it } from './reader.ts';

const ORDERS = 5;

it('the orders of a batch are found from it, and it from each of them', async ({ explorer, page }) => {
  const apps = new OrdersApps(explorer);
  try {
    await page.goto('/traces');
    await apps.placeOrders(ORDERS);
    await apps.runBatch();
  } finally {
    await apps.stop();
  }
  // The list stayed open, and the batch appeared by itself.
  const row = page.getByRole('row').filter({ hasText: 'process-batch' });
  await row.getByRole('link', { name: `${ORDERS} links from its spans` }).waitFor();
  await row.getByRole('link', { name: 'process-batch' }).click();
  await page.getByRole('button', { name: `${ORDERS} links to other spans: open the Links tab` }).click();
  await page.getByRole('heading', { name: `Links to (${ORDERS})` }).waitFor();
  await page.getByText(`${ORDERS} links, matches batch.size = ${ORDERS}`).waitFor();
  const batchAddress = page.url();
  const links = page.getByRole('grid', { name: 'Links to' });
  const names = links.getByRole('link');
  await eventually(() => names.allTextContents()).toEqual(Array(ORDERS).fill('receive-order'));

  const opened = new Set<string>();
  for (let n = 0; n < ORDERS; n++) {
    await names.nth(n).click();
    const spans = page.getByRole('treegrid', { name: 'Spans' });
    for (const name of ['receive-order', 'validate', 'persist-order']) {
      await spans.getByRole('row').filter({ hasText: name }).first().waitFor();
    }
    await spans.getByRole('row', { selected: true }).filter({ hasText: 'receive-order' }).waitFor();
    opened.add(new URL(page.url()).pathname);
    await page
      .getByRole('grid', { name: 'Linked from' })
      .getByRole('link', { name: 'process-batch' })
      .waitFor();
    await page.goBack();
    await page.waitForURL(batchAddress);
    await links.waitFor();
  }
  expect(opened.size).toBe(ORDERS);

  await names.first().click();
  await page.getByRole('grid', { name: 'Linked from' }).getByRole('link', { name: 'process-batch' }).click();
  await page.waitForURL(batchAddress);
  await page.getByRole('tab', { name: 'Attributes' }).click();
  const size = page.locator('dt', { hasText: 'batch.size' }).locator('xpath=following-sibling::dd');
  expect(await size.first().innerText()).toContain(String(ORDERS));
});
