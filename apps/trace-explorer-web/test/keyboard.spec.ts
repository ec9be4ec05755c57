import { expect } from 'vitest';
import { sendFanIn } from './fan-in.ts';
import { eventually, it } from './reader.ts';

it('the keyboard alone leads from the list over a trace, its span and the links tab to a link’s target', async ({
  explorer,
  page,
}) => {
  const { traceId, spanId, sources } = await sendFanIn(explorer.url, 1_000, 3);
  const focused = () => page.evaluate(() => document.activeElement?.textContent ?? '');
  await page.goto('/traces');
  await page.getByRole('link', { name: 'process-batch' }).waitFor();
  await page.keyboard.press('j');
  await eventually(focused).toBe('process-batch');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${traceId}*`);
  const rows = page.getByRole('treegrid', { name: 'Spans' });
  await rows.getByText('reconcile-orders').waitFor();

  await page.keyboard.press('j');
  await page.keyboard.press('k');
  await eventually(focused).toContain('process-batch');
  await page.keyboard.press('Enter');
  await page.waitForURL((url) => url.searchParams.get('spanId') === spanId);
  await page.keyboard.press('l');
  await page.waitForURL((url) => url.searchParams.get('tab') === 'links');
  const links = page.getByRole('grid', { name: 'Links to' });
  await links.getByRole('link', { name: 'receive-order 0' }).waitFor();

  const first = links.getByRole('row').filter({ hasText: 'receive-order 0' });
  const isFirstFocused = () => first.evaluate((row) => row === document.activeElement);
  await tabUntil(isFirstFocused, () => page.keyboard.press('Tab'));
  await page.keyboard.press('ArrowDown');
  await eventually(focused).toContain('receive-order 1');
  await page.keyboard.press('Enter');
  await page.waitForURL(`**/trace/${sources[1]?.traceId}?spanId=${sources[1]?.spanId}&tab=links`);
  await page.getByRole('heading', { level: 2, name: 'receive-order 1' }).waitFor();
});

// The most stops that a page may have before its content. More would be a trap.
const MOST_STOPS = 60;

async function tabUntil(isThere: () => Promise<boolean>, press: () => Promise<void>): Promise<void> {
  for (let stop = 0; stop < MOST_STOPS; stop++) {
    if (await isThere()) return;
    await press();
  }
  expect.fail(`not reached with ${MOST_STOPS} presses of Tab`);
}
