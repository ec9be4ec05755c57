import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it, openReader } from './reader.ts';

/** A root with three stages, each with four steps. */
function stages(n: number): SentSpan[] {
  const traceId = traceIdOf(n);
  const root = { traceId, spanId: spanIdOf(n), name: 'build the house', durationMs: 1_000 };
  const parts = ['dig', 'wall', 'roof'].flatMap((stage, at): SentSpan[] => {
    const spanId = spanIdOf(n + 10 * (at + 1));
    const steps = [1, 2, 3, 4].map((step): SentSpan => ({
      traceId,
      spanId: spanIdOf(n + 10 * (at + 1) + step),
      parentSpanId: spanId,
      name: `${stage} step ${step}`,
      service: 'craft',
      startMs: 300 * at + 50 * step,
      durationMs: 40,
    }));
    return [
      { traceId, spanId, parentSpanId: root.spanId, name: stage, startMs: 300 * at, durationMs: 300 },
      ...steps,
    ];
  });
  return [root, ...parts];
}

const rowsOf = (page: Page) => page.getByRole('treegrid', { name: 'Spans' }).getByRole('row');
const searchOf = (page: Page) => new URL(page.url()).searchParams;

/** Everything that the address promises to bring back. */
async function screenOf(page: Page) {
  await page.getByRole('treegrid').getByText('build the house').waitFor();
  return {
    rows: await rowsOf(page).allInnerTexts(),
    shown: await page.getByText(/ of 1 s$/).innerText(),
    find: await page.getByRole('textbox', { name: 'Find spans in this trace' }).inputValue(),
    pressed: await page.locator('button[aria-pressed="true"]').allInnerTexts(),
    tab: await page.getByRole('tab', { selected: true }).innerText(),
  };
}

describe('a copied address', () => {
  it('shows the same zoom, found spans, highlighted services, folds and tab in another browser', async ({
    browser,
    explorer,
    page,
  }) => {
    await send(explorer.url, stages(100));
    await page.goto(`/trace/${traceIdOf(100)}?spanId=${spanIdOf(120)}&tab=raw`);
    await page.getByRole('treegrid').getByText('wall step 1').waitFor();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await page.getByRole('textbox', { name: 'Find spans in this trace' }).fill('roof');
    await page
      .getByRole('button', { name: /^Highlight craft|craft/ })
      .first()
      .click();
    const wall = rowsOf(page).filter({ hasText: 'wall' }).first();
    await wall.focus();
    await page.keyboard.press('ArrowLeft');
    await eventually(() => page.getByText('wall step 1').count()).toBe(0);
    await eventually(() => [...searchOf(page).keys()].sort()).toEqual(
      ['closed', 'find', 'services', 'spanId', 'tab', 'zoom'].sort(),
    );
    expect(searchOf(page).get('closed')).toBe(spanIdOf(120));
    const before = await screenOf(page);

    const other = await openReader(browser, explorer.url);
    try {
      await other.page.goto(page.url());
      await eventually(() => screenOf(other.page)).toEqual(before);
      expect(other.page.url()).toBe(page.url());
    } finally {
      await other.page.context().close();
    }
  });

  it('with invalid values shows the defaults, and keeps the valid ones', async ({ explorer, page }) => {
    await send(explorer.url, stages(200));
    await page.goto(`/trace/${traceIdOf(200)}?zoom=9-1&closed=x&services=%25&find=dig&tab=none`);
    await page.getByRole('treegrid').getByText('roof step 4').waitFor();
    expect(await page.getByRole('textbox', { name: 'Find spans in this trace' }).inputValue()).toBe('dig');
    await eventually(() => page.getByText('1 of 5').or(page.getByText('– of 5')).count()).toBe(1);
  });

  it('holds a search for a number', async ({ explorer, page }) => {
    await send(explorer.url, [{ traceId: traceIdOf(300), spanId: spanIdOf(300), name: 'step 4711' }]);
    await page.goto('/traces?q=4711');
    await page.getByRole('link', { name: 'step 4711' }).waitFor();
    expect(await page.getByRole('combobox', { name: 'Search traces' }).inputValue()).toBe('4711');
  });
});

describe('the way back', () => {
  it('leads past a zoom, and restores it after another view', async ({ explorer, page }) => {
    await send(explorer.url, stages(400));
    await page.goto('/traces');
    await page.getByRole('link', { name: 'build the house' }).first().click();
    await page.getByRole('treegrid').getByText('roof step 4').waitFor();
    const { pathname } = new URL(page.url());
    await page.getByRole('button', { name: 'Zoom in' }).click();
    await eventually(() => searchOf(page).has('zoom')).toBe(true);
    const zoom = searchOf(page).get('zoom');
    await page.getByRole('link', { name: 'Link graph' }).click();
    await page.waitForURL((url) => url.searchParams.get('view') === 'graph');
    await page.getByRole('link', { name: 'Waterfall' }).click();
    await page.getByRole('button', { name: 'Fit: show the whole trace' }).click();
    await eventually(() => searchOf(page).has('zoom')).toBe(false);
    await page.goBack();
    await page.goBack();
    await page.getByText('600 ms of 1 s').waitFor();
    expect(searchOf(page).get('zoom')).toBe(zoom);
    expect(new URL(page.url()).pathname).toBe(pathname);
    await page.goBack();
    await page.waitForURL('**/traces');
  });

  it('keeps the zoom when a link leads to another span of the trace', async ({ explorer, page }) => {
    await send(explorer.url, stages(500));
    await page.goto(`/trace/${traceIdOf(500)}?spanId=${spanIdOf(511)}&zoom=1000000-500000000`);
    await page.getByText('499 ms of 1 s').waitFor();
    await page.getByRole('link', { name: /^dig/ }).click();
    await page.waitForURL((url) => url.searchParams.get('spanId') === spanIdOf(510));
    await eventually(() => searchOf(page).get('zoom')).toBe('1000000-500000000');
    await page.getByText('499 ms of 1 s').waitFor();
  });
});

it('a journey opens with the folds and the scale of its address', async ({ explorer, page }) => {
  const order = { traceId: traceIdOf(600), spanId: spanIdOf(600) };
  const parcels = Array.from({ length: 8 }, (_, n): SentSpan => ({
    traceId: traceIdOf(601 + n),
    spanId: spanIdOf(601 + n),
    name: 'pack parcel',
    startMs: 100 + n,
    links: [order],
  }));
  await send(explorer.url, [
    { ...order, name: 'take order', attributes: { 'order.id': 'o-600' } },
    ...parcels,
  ]);
  await eventually(async () => (await fetch(`${explorer.url}/api/v1/journeys/${order.traceId}`)).status).toBe(
    200,
  );
  await page.goto(`/journey/${order.traceId}`);
  await page.getByRole('button', { name: /pack parcel × 8/ }).click();
  await page.getByRole('checkbox', { name: 'True to scale' }).check();
  await page.waitForURL(
    (url) => url.searchParams.has('unfold') && url.searchParams.get('toScale') === 'true',
  );
  await page.reload();
  await page.getByRole('button', { name: /pack parcel × 8/, expanded: true }).waitFor();
  expect(await page.getByRole('checkbox', { name: 'True to scale' }).isChecked()).toBe(true);
  expect(await page.getByRole('link', { name: 'pack parcel' }).count()).toBe(8);
});
