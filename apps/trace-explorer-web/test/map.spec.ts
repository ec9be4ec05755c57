import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import type { ExplorerProcess } from './explorer-process.ts';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it as withExplorer } from './reader.ts';

const at = (n: number) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) });
/** Spans of this suite start an hour ago. The map shows the last hour by default. */
const RANGE = 'last=6h';
const ORDERS = 20;

/**
 * Orders that a batch picks up: half of them after a second, half after a minute. One is not picked
 * up.
 */
const it = withExplorer.extend<{ $file: { orders: string } }>({
  orders: [
    async ({ explorer }: { explorer: ExplorerProcess }, use: (name: string) => Promise<void>) => {
      const orders = Array.from({ length: ORDERS + 1 }, (_, n): SentSpan[] => [
        { ...at(n), name: 'POST /orders', kind: 2, startMs: n, durationMs: 10 },
        {
          traceId: traceIdOf(n),
          spanId: spanIdOf(500 + n),
          parentSpanId: spanIdOf(n),
          name: 'receive-order',
          kind: 4,
          startMs: n + 1,
          attributes: { 'order.id': `o-${n}` },
        },
        {
          traceId: traceIdOf(n),
          spanId: spanIdOf(600 + n),
          parentSpanId: spanIdOf(500 + n),
          name: 'validate',
          startMs: n + 2,
        },
      ]).flat();
      const batch = (n: number, startMs: number, from: number, to: number): SentSpan => ({
        ...at(n),
        name: 'process-batch',
        service: 'orders-batch',
        kind: 5,
        startMs,
        ...(n === 901 && { error: 'the ledger is closed' }),
        links: Array.from({ length: to - from }, (_, place) => ({
          traceId: traceIdOf(from + place),
          spanId: spanIdOf(500 + from + place),
          attributes: { 'spanlinks.relation': 'origin' },
        })),
      });
      await send(explorer.url, orders);
      await send(explorer.url, [batch(900, 1_000, 0, 10), batch(901, 61_000, 10, ORDERS)]);
      const counted = async () => {
        const answer = await fetch(`${explorer.url}/api/v1/map`);
        return ((await answer.json()) as { pendingSpans: number }).pendingSpans;
      };
      await expect.poll(counted, { timeout: 60_000 }).toBe(0);
      const journeys = async () => {
        const answer = await fetch(`${explorer.url}/api/v1/journeys?limit=100`);
        return ((await answer.json()) as { journeys: object[] }).journeys.length;
      };
      await expect.poll(journeys, { timeout: 60_000 }).toBe(ORDERS + 1);
      await use('receive-order');
    },
    { scope: 'file' },
  ],
});

const journeysIn = (page: Page) => page.getByRole('table', { name: 'Journeys' }).locator('[data-journey]');

describe('the map', () => {
  it('opens with everything in sight', async ({ orders, page }) => {
    await page.goto(`/map?${RANGE}`);
    await page.locator('[data-mark]').filter({ hasText: orders }).waitFor();
    const hiddenPx = () =>
      page
        .getByRole('group', { name: 'As a picture' })
        .evaluate((area) =>
          Math.max(area.scrollWidth - area.clientWidth, area.scrollHeight - area.clientHeight),
        );
    await eventually(hiddenPx).toBeLessThanOrEqual(0);
    await page.setViewportSize({ width: 700, height: 600 });
    await eventually(hiddenPx).toBeLessThanOrEqual(0);
  });

  it('shows calls and links with their waits, and leads to the journeys behind them', async ({
    orders,
    page,
  }) => {
    await page.goto(`/map?${RANGE}`);
    const box = (name: string) => page.locator('[data-mark]').filter({ hasText: name });
    await box('process-batch').getByText('10 links each').waitFor();
    await box('process-batch').getByText('✗ 50 %').waitFor();
    await box(orders).waitFor();
    // It has no links in either direction.
    expect(await box('validate').count()).toBe(0);
    await page.getByRole('button', { name: 'All operations' }).click();
    await page.waitForURL((url) => url.searchParams.get('inner') === 'true');
    await box('validate').waitFor();
    const label = page.getByRole('link', { name: /receive-order ⇢ process-batch \(origin\): 20 in all/ });
    expect(await label.getAttribute('aria-label')).toMatch(/waited .* \(p50\), 1 m .* \(p95\)/);
    await label.click();
    await page.getByText('receive-order ⇢ process-batch').waitFor();
    await eventually(() => journeysIn(page).count()).toBe(ORDERS);
    await page.goBack();
    await box('process-batch').click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'service=orders-batch name=process-batch');
  });

  it('has the same content as a table', async ({ orders, page }) => {
    await page.goto(`/map?${RANGE}`);
    await page.getByRole('button', { name: 'As a table' }).click();
    const links = page.getByRole('table', { name: '1 kinds of links' });
    await links.getByRole('row').filter({ hasText: orders }).getByText('origin').waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });

  it('explains if nothing ran in the time range', async ({ page }) => {
    await page.goto('/map?from=1600000000000&to=1600000600000');
    await page.getByRole('heading', { name: 'Nothing ran in this time' }).waitFor();
    await page.goto('/waits?from=1600000000000&to=1600000600000');
    await page.getByRole('heading', { name: 'Nothing was picked up in this time' }).waitFor();
  });

  it('opens on the last hour, which stays relative in the address', async ({ page }) => {
    await page.goto('/map');
    await page.getByRole('button', { name: /Last hour/ }).click();
    await page.getByRole('button', { name: 'Last 24 hours' }).click();
    await page.waitForURL((url) => url.searchParams.get('last') === '1d');
    await page.locator('[data-mark]').first().waitFor();
  });
});

describe('the waits', () => {
  it('show how long messages waited and what still waits, and lead from a cell to its journeys', async ({
    orders,
    page,
  }) => {
    await page.goto(`/waits?${RANGE}`);
    const card = page.getByRole('article', { name: `${orders} ⇢ process-batch` });
    await card.getByText('21 arrived').waitFor();
    await card.getByText('20 picked up').waitFor();
    const heatmap = card.getByRole('application');
    await heatmap.focus();
    await page.keyboard.press('ArrowRight');
    await card.getByText(/^10 messages picked up at .* after .* to /).waitFor();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.has('waitFrom'));
    await eventually(() => journeysIn(page).count()).toBe(10);
    await page.getByRole('button', { name: 'Show all' }).click();
    await eventually(() => journeysIn(page).count()).toBe(ORDERS + 1);
  });
});

const SCREENS = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on 1024 px', { colorScheme: 'light', viewport: { width: 1024, height: 740 } }],
  ['on 390 px', { colorScheme: 'dark', viewport: { width: 390, height: 740 } }],
] as const;

describe.for(SCREENS)('%s, everyone can use', ([, options]) => {
  const onScreen = it.override({ contextOptions: options });
  onScreen('the map and the waits', async ({ orders, page }) => {
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    await page.goto(`/map?${RANGE}`);
    await page.locator('[data-mark]').filter({ hasText: orders }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.goto(`/waits?${RANGE}`);
    await page.getByText('20 picked up').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
