import { describe, expect } from 'vitest';
import { sendFanIn } from './fan-in.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import { eventually, it } from './reader.ts';

describe('the links of a span', () => {
  it('lead to the source, and the browser’s back button to the previous place', async ({
    explorer,
    page,
  }) => {
    const { traceId, spanId, sources } = await sendFanIn(explorer.url, 1_000, 3);
    const address = `/trace/${traceId}?spanId=${spanId}&tab=links`;
    await page.goto(address);
    const links = page.getByRole('grid', { name: 'Links to' });
    await links.getByRole('link', { name: 'receive-order 1' }).click();
    await page.waitForURL(`**/trace/${sources[1]?.traceId}?spanId=${sources[1]?.spanId}&tab=links`);
    await page.getByRole('heading', { level: 2, name: 'receive-order 1' }).waitFor();

    await page.goBack();
    await page.waitForURL(`**${address}`);
    await page.getByRole('heading', { level: 2, name: 'process-batch' }).waitFor();
    await page.goForward();
    const back = page.getByRole('grid', { name: 'Linked from' });
    await back.getByRole('link', { name: 'process-batch' }).click();
    await page.waitForURL(`**${address}`);
    await links.getByRole('link', { name: 'receive-order 2' }).waitFor();
  });

  it('can be shared: the address opens the span and its tab, and a reload keeps the place', async ({
    explorer,
    page,
  }) => {
    const { traceId, spanId } = await sendFanIn(explorer.url, 2_000, 4);
    const address = `/trace/${traceId}?spanId=${spanId}&tab=links&linkSort=-start`;
    await page.goto(address);
    for (const visit of ['first', 'reloaded']) {
      if (visit === 'reloaded') await page.reload();
      const row = page.getByRole('treegrid').getByRole('row', { selected: true });
      await row.getByText('process-batch').waitFor();
      await page.getByRole('tab', { name: 'Links', selected: true }).waitFor();
      const names = page.getByRole('grid', { name: 'Links to' }).getByRole('link');
      await eventually(() => names.allTextContents()).toEqual([3, 2, 1, 0].map((n) => `receive-order ${n}`));
      expect(new URL(page.url()).pathname + new URL(page.url()).search).toBe(address);
    }
  });

  it('open from the badge of a row with their number', async ({ explorer, page }) => {
    const { traceId } = await sendFanIn(explorer.url, 3_000, 5);
    await page.goto(`/trace/${traceId}`);
    const badge = page.getByRole('button', { name: '5 links to other spans: open the Links tab' });
    expect(await badge.innerText()).toBe('↗5');
    await badge.click();
    await page.getByRole('heading', { name: 'Links to (5)' }).waitFor();
    await page.getByText('5 links, matches batch.size = 5').waitFor();
    await page.waitForURL(/tab=links/);
  });

  it('scroll to the last of 10,000 while the page holds a few rows', async ({ explorer, page }) => {
    const { traceId, spanId } = await sendFanIn(explorer.url, 100_000, 10_000);
    await page.goto(`/trace/${traceId}?spanId=${spanId}&tab=links`);
    await page.getByRole('heading', { name: 'Links to (10,000)' }).waitFor();
    const links = page.getByRole('grid', { name: 'Links to' });
    await links.getByRole('link', { name: 'receive-order 0', exact: true }).waitFor();
    await links.getByRole('row').filter({ hasText: 'receive-order 0' }).first().focus();
    // Each press leads to the end of the loaded or known rows, even while the page loads more.
    const last = links.getByRole('link', { name: 'receive-order 9999', exact: true });
    await eventually(async () => {
      await page.keyboard.press('End');
      return last.isVisible();
    }).toBe(true);
    expect(await links.getByRole('row').count()).toBeLessThan(120);
    await last.click();
    await page.getByRole('heading', { level: 2, name: 'receive-order 9999' }).waitFor();
  });

  it('show how long they waited, and a bar shows only its links', async ({ explorer, page }) => {
    const { traceId, spanId } = await sendFanIn(explorer.url, 4_000, 60);
    await page.goto(`/trace/${traceId}?spanId=${spanId}&tab=links&linkSort=gap`);
    const section = page.getByRole('region', { name: 'Links to' });
    // The sources end 60.04 to 59.98 s before the batch starts.
    await section.getByText('gap p50 1 m').waitFor();
    await section.getByText('max 1 m').waitFor();
    const bars = section.getByRole('group', { name: 'Filter by gap' }).getByRole('button');
    const [first, second] = [bars.nth(0), bars.nth(1)];
    const counts = await bars.evaluateAll((all) =>
      all.map((bar) => Number.parseInt(bar.getAttribute('aria-label') ?? '', 10)),
    );
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(60);

    await first.focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Enter');
    await section.getByRole('heading', { name: `Links to (${counts[1]} of 60)` }).waitFor();
    await page.waitForURL(/linkGapFrom=\d+&linkGapTo=\d+/);
    await page.reload();
    await section.getByRole('heading', { name: `Links to (${counts[1]} of 60)` }).waitFor();
    expect(await second.getAttribute('aria-pressed')).toBe('true');
    expect(await bars.count()).toBe(counts.length);

    await section.getByRole('button', { name: /^Show all gaps again/ }).click();
    await section.getByRole('heading', { name: 'Links to (60)' }).waitFor();
    expect(page.url()).not.toContain('linkGap');
  });

  it('are found and grouped by an attribute of the other end', async ({ explorer, page }) => {
    const ids = (n: number) => ({ traceId: traceIdOf(6_000 + n), spanId: spanIdOf(6_000 + n) });
    const tiers = ['gold', 'silver', 'gold', 'bronze', 'gold'];
    const sources = tiers.map((tier, n) => ({
      ...ids(1 + n),
      name: 'receive-order',
      attributes: { 'customer.tier': tier },
      ...(n === 0 && { error: 'no stock' }),
    }));
    const missing = { ...ids(99), attributes: { note: 'lost' } };
    await send(explorer.url, sources);
    const links = [...sources.map(({ traceId, spanId }) => ({ traceId, spanId })), missing];
    await send(explorer.url, [{ ...ids(0), name: 'process-batch', startMs: 9_000, links }]);
    await page.goto(`/trace/${ids(0).traceId}?spanId=${ids(0).spanId}&tab=links`);
    const section = page.getByRole('region', { name: 'Links to' });
    await section.getByRole('heading', { name: 'Links to (6)' }).waitFor();

    const box = page.getByRole('combobox', { name: 'Filter links by attributes' });
    await box.focus();
    await page.locator('datalist option[value="attr.customer.tier="]').waitFor({ state: 'attached' });
    await box.fill('customer.tier=');
    await page.locator('datalist option[value="customer.tier=bronze"]').waitFor({ state: 'attached' });
    await box.fill('service=x');
    await page.getByText('links are found by attributes').waitFor();
    await box.fill('customer.tier=gold');
    await section.getByRole('heading', { name: 'Links to (3 of 6)' }).waitFor();
    await page.waitForURL(/linkWhere=customer.tier/);
    await page.reload();
    await section.getByRole('heading', { name: 'Links to (3 of 6)' }).waitFor();
    await box.fill('note~los');
    await section.getByRole('heading', { name: 'Links to (1 of 6)' }).waitFor();
    await box.fill('');
    await section.getByRole('heading', { name: 'Links to (6)' }).waitFor();

    const grouping = page.getByLabel('Group by');
    await grouping.hover();
    await page.locator('optgroup[label="Attribute of the other span"] option').waitFor({ state: 'attached' });
    await grouping.selectOption('attr.customer.tier');
    await page.waitForURL(/linkGroup=attr.customer.tier/);
    const groups = section.getByRole('heading', { level: 4 });
    await eventually(() => groups.allInnerTexts()).toEqual([
      expect.stringMatching(/^gold\s*3\s*1 error$/),
      expect.stringMatching(/^bronze\s*1$/),
      expect.stringMatching(/^silver\s*1$/),
      expect.stringMatching(/^without customer.tier\s*1$/),
    ]);
    expect(await section.getByRole('grid', { name: 'gold' }).getByRole('link').count()).toBe(3);
  });

  it('have titles that tell them apart: rows, boxes of the graph and lanes', async ({ explorer, page }) => {
    const ids = (n: number) => ({ traceId: traceIdOf(7_000 + n), spanId: spanIdOf(7_000 + n) });
    const sources = [1, 2, 3].map((n) => ({
      ...ids(n),
      name: 'receive-order',
      startMs: n * 1_000,
      attributes: { 'order.id': `ord-${n}`, 'customer.id': 'c-1' },
    }));
    await send(explorer.url, sources);
    await send(explorer.url, [
      {
        ...ids(0),
        name: 'process-batch',
        startMs: 9_000,
        links: sources.map(({ traceId, spanId }) => ({ traceId, spanId })),
      },
    ]);
    const address = `/trace/${ids(0).traceId}?spanId=${ids(0).spanId}`;
    await page.goto(`${address}&tab=links`);
    const rows = page.getByRole('grid', { name: 'Links to' }).getByRole('row');
    for (const n of [1, 2, 3])
      await rows
        .filter({ hasText: `receive-order` })
        .filter({ hasText: `ord-${n}` })
        .waitFor();
    for (const view of ['graph', 'timeline']) {
      await page.goto(`${address}&view=${view}`);
      for (const n of [1, 2, 3])
        await page
          .locator('svg text', { hasText: `receive-order ord-${n}` })
          .first()
          .waitFor();
    }
  });

  it('resolve while the reader watches, when a missing target comes in', async ({ explorer, page }) => {
    const target = { traceId: traceIdOf(5_001), spanId: spanIdOf(5_001) };
    const bearer = { traceId: traceIdOf(5_000), spanId: spanIdOf(5_000) };
    await send(explorer.url, [{ ...bearer, name: 'consume', startMs: 100, links: [target] }]);
    await page.goto(`/trace/${bearer.traceId}?spanId=${bearer.spanId}&tab=links`);
    const links = page.getByRole('grid', { name: 'Links to' });
    await links.getByText('not received yet').waitFor();
    await page.evaluate(() => document.documentElement.setAttribute('data-not-reloaded', ''));

    await send(explorer.url, [{ ...target, name: 'publish', service: 'producer' }]);
    await links.getByRole('link', { name: 'publish' }).waitFor();
    await links.getByText('not received yet').waitFor({ state: 'detached' });
    expect(await page.locator('html[data-not-reloaded]').count()).toBe(1);
  });
});
