import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import { eventually, it } from './reader.ts';

const at = (n: number) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) });
const panelOf = (page: Page) => page.getByRole('dialog', { name: 'Saved searches' });
const savedNames = (page: Page) =>
  panelOf(page).getByRole('listitem').getByRole('link').locator('span:first-child');

async function openSaved(page: Page) {
  await page.getByRole('button', { name: 'Saved' }).click();
  await panelOf(page).waitFor();
}

describe('searches', () => {
  it('are saved, opened, renamed and deleted with the keyboard, and outlast the page', async ({
    explorer,
    page,
  }) => {
    await send(explorer.url, [{ ...at(1), name: 'pay', attributes: { 'order.id': 'o-1' } }]);
    await page.goto('/traces?q=order.id%3Do-1&last=6h');
    await page.getByRole('link', { name: 'pay' }).waitFor();
    await page.getByRole('button', { name: 'Saved' }).focus();
    await page.keyboard.press('Enter');
    await panelOf(page).getByText('No search is saved in this browser yet.').waitFor();
    await page.keyboard.press('Tab');
    await eventually(() => page.evaluate(() => document.activeElement?.ariaLabel)).toBe(
      'Name of this search',
    );
    await page.keyboard.press('ControlOrMeta+a');
    await page.keyboard.type('Order one');
    await page.keyboard.press('Enter');
    await panelOf(page).getByText('Saved as “Order one”.').waitFor();
    expect(await violationsOf(page)).toEqual([]);

    // It opens from the other list, too.
    await page.goto('/');
    await openSaved(page);
    await panelOf(page).getByRole('link', { name: 'Order one' }).press('Enter');
    await page.waitForURL((url) => url.pathname === '/traces' && url.searchParams.get('last') === '6h');
    expect(new URL(page.url()).searchParams.get('q')).toBe('order.id=o-1');
    await eventually(() => panelOf(page).count()).toBe(0);

    await openSaved(page);
    await panelOf(page).getByRole('button', { name: 'Rename Order one' }).press('Enter');
    const field = panelOf(page).getByRole('textbox', { name: 'New name of Order one' });
    // Escape leaves the name as it is, and the panel open.
    await field.press('Escape');
    await panelOf(page).getByRole('button', { name: 'Rename Order one' }).press('Enter');
    await field.fill('First order');
    await field.press('Enter');
    await eventually(() => savedNames(page).allInnerTexts()).toEqual(['First order']);
    await panelOf(page).getByRole('button', { name: 'Delete First order' }).press('Enter');
    await panelOf(page).getByText('Deleted “First order”.').waitFor();
    await page.keyboard.press('Enter');
    await eventually(() => savedNames(page).allInnerTexts()).toEqual(['First order']);
    await page.reload();
    await openSaved(page);
    await eventually(() => savedNames(page).allInnerTexts()).toEqual(['First order']);
  });

  it('are still shown if the browser stores no more, and the page says so', async ({ page }) => {
    await page.addInitScript(() => {
      localStorage.setItem(
        'span-links.saved-searches',
        '[{"name":"kept","page":"traces","search":{"q":"a"}},7]',
      );
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    await page.goto('/traces?q=b');
    await openSaved(page);
    await page.getByRole('textbox', { name: 'Name of this search' }).press('Enter');
    await panelOf(page).getByText('This browser did not store it').waitFor();
    expect(await savedNames(page).allInnerTexts()).toEqual(['kept']);
  });
});

describe('times', () => {
  it('are local or in UTC, name their zone, and the choice outlasts the page', async ({ explorer, page }) => {
    await send(explorer.url, [
      { ...at(10), name: 'timed', links: [at(11)] },
      { ...at(11), name: 'timed before' },
    ]);
    await page.goto('/traces');
    const time = page.getByRole('row').filter({ hasText: 'timed' }).first().locator('time').first();
    const zone = () => page.getByRole('columnheader', { name: /^Started/ }).innerText();
    const titleOf = () => time.getAttribute('title');
    await time.waitFor();
    expect(await zone()).toMatch(/Started \(CES?T\)/);
    expect(await titleOf()).toMatch(/\.\d{9}\+0[12]:00 \(Europe\/Vienna\)$/);
    const machine = await time.getAttribute('datetime');
    expect(machine).toMatch(/Z$/);

    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('combobox', { name: 'Times' }).selectOption('utc');
    await eventually(zone).toBe('Started (UTC)');
    await eventually(titleOf).toBe(`${machine} (UTC)`);
    expect(await violationsOf(page)).toEqual([]);
    await page.goto(`/trace/${traceIdOf(10)}?spanId=${spanIdOf(10)}`);
    await page.locator('time').filter({ hasText: 'UTC' }).first().waitFor();
    await page.goto(`/trace/${traceIdOf(10)}?view=timeline`);
    await page
      .locator('svg text')
      .filter({ hasText: /\d UTC$/ })
      .first()
      .waitFor();

    // A range is typed in the chosen zone.
    await page.goto('/traces');
    await page.getByRole('button', { name: 'All time' }).click();
    await page.getByLabel('From').fill('2026-01-02T03:04:05');
    await page.getByText('Times in UTC.').waitFor();
    await page.getByRole('button', { name: 'Show this range' }).click();
    await page.waitForURL((url) => url.searchParams.get('from') === String(Date.UTC(2026, 0, 2, 3, 4, 5)));
    await page.getByRole('button', { name: /^Since .* 03:04 UTC$/ }).waitFor();
  });
});
