import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it } from './reader.ts';

const WAIT_MS = 30_000;
const SLOWEST = 12;
const FASTEST = 10;
const FAILED = 6;

/** Sources that arrive over 25 s, and the batch that takes them. The first one waits longest. */
async function sendBatch(url: string, base: number, size: number): Promise<string> {
  const sources = Array.from({ length: size }, (_, n): SentSpan => ({
    traceId: traceIdOf(base + 1 + n),
    spanId: spanIdOf(base + 1 + n),
    name: 'POST /orders',
    kind: 2,
    startMs: (n * 25_000) / size,
    durationMs: n === SLOWEST ? 90 : n === FASTEST ? 3 : 20,
    ...(n === FAILED && { error: 'the ledger is closed' }),
  }));
  for (let from = 0; from < size; from += 10_000) await send(url, sources.slice(from, from + 10_000));
  await send(url, [
    {
      traceId: traceIdOf(base),
      spanId: spanIdOf(base),
      name: 'process-batch',
      service: 'orders-batch',
      kind: 5,
      startMs: WAIT_MS,
      durationMs: 200,
      links: sources.map(({ traceId, spanId }) => ({ traceId, spanId })),
    },
  ]);
  return traceIdOf(base);
}

const svg = (page: Page) => page.locator('[role=group][aria-label="As a picture"] > svg');
const waits = (page: Page) =>
  page
    .locator('[data-wait]')
    .evaluateAll((all) => all.map((label) => Number(label.getAttribute('data-wait'))));

/** The part of the picture's height that its area shows. */
const inSight = (page: Page) =>
  svg(page).evaluate(
    (picture) => picture.parentElement!.clientHeight / picture.getBoundingClientRect().height,
  );

describe('the lanes of a stitched timeline', () => {
  it('are all of a few sources', async ({ explorer, page }) => {
    await page.goto(`/trace/${await sendBatch(explorer.url, 1_000, 3)}?view=timeline`);
    await eventually(() => page.locator('[data-wait]').count()).toBe(3);
    await page.getByText('The strip counts the others').waitFor({ state: 'detached' });
    expect(await svg(page).locator('[data-mark]').count()).toBe(4);
  });

  it.for([24, 1_000, 10_000])('are the sources that matter of %d', async (size, { explorer, page }) => {
    const traceId = await sendBatch(explorer.url, size * 100, size);
    await page.goto(`/trace/${traceId}?view=timeline`);
    // Four lanes with an arrow each: longest wait, fastest, slowest, failed.
    await eventually(() => page.locator('[data-wait]').count()).toBe(4);
    const text = await svg(page).locator('text').allTextContents();
    expect(text).toContain(`${(size - 4).toLocaleString('en')} more POST /orders`);
    for (const reason of ['longest wait', 'slowest', 'fastest', '1 error'])
      expect(text.filter((line) => line.includes(reason))).toHaveLength(1);
    await page.getByText('The strip counts the others').waitFor();
    // Each wait is from the end of its source to the batch, never from one source to the next.
    const startMs = (n: number) => (n * 25_000) / size;
    const expected = [
      WAIT_MS - 20,
      WAIT_MS - startMs(FASTEST) - 3,
      WAIT_MS - startMs(SLOWEST) - 90,
      WAIT_MS - startMs(FAILED) - 20,
    ];
    const shown = await waits(page);
    for (const ms of expected)
      expect(
        shown.some((ns) => Math.abs(ns / 1e6 - ms) < 1),
        `${ms} ms in ${shown.join()}`,
      ).toBe(true);
    expect(await inSight(page)).toBeGreaterThanOrEqual(1);
  });

  it.for(['timeline', 'graph'])(
    'unfold into a %s that fits its area again',
    async (view, { explorer, page }) => {
      const traceId = await sendBatch(explorer.url, view === 'graph' ? 6_000_000 : 5_000_000, 24);
      await page.goto(`/trace/${traceId}?view=${view}`);
      await page.getByRole('button', { name: 'Unfold 24 × POST /orders' }).click();
      await eventually(() => svg(page).locator('text').allTextContents()).not.toContain(
        '20 more POST /orders',
      );
      await eventually(() => svg(page).locator('a[data-mark]').count()).toBe(25);
      await eventually(() => inSight(page)).toBeGreaterThanOrEqual(0.999);
      // The zoom of the reader counts until something else unfolds.
      await page.getByRole('button', { name: 'Larger' }).click();
      await eventually(() => inSight(page)).toBeLessThan(0.999);
      await page.getByRole('button', { name: 'Fold 24 × POST /orders', exact: true }).click();
      await eventually(() => svg(page).locator('a[data-mark]').count()).toBeLessThan(10);
    },
  );
});
