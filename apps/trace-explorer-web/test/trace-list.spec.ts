import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { startAgain, startExplorer } from './explorer-process.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import { eventually, it, openReader } from './reader.ts';

describe('an empty explorer', () => {
  it('explains how to send a first trace, and shows that trace when it comes', async ({ explorer, page }) => {
    await page.goto('/traces');
    await page.getByRole('heading', { name: 'No traces yet' }).waitFor();
    await page.getByText(`export OTEL_EXPORTER_OTLP_ENDPOINT=${explorer.url}`).waitFor();
    await page.getByRole('tab', { name: 'Python' }).click();
    await page.getByText('opentelemetry-instrument python app.py').waitFor();
    // The keyboard also moves through the languages.
    await page.keyboard.press('ArrowRight');
    await page.getByText('-javaagent:opentelemetry-javaagent.jar').waitFor();
    await page.getByRole('tab', { name: 'Any language' }).click();
    // The test sends exactly the shown text.
    const recipe = await page.getByText(/^curl /).innerText();
    const [, address, body] = /^curl (\S+) .* -d '(.*)'$/.exec(recipe) ?? [];
    const answer = await fetch(address!, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: body!,
    });
    expect([address, answer.status]).toEqual([`${explorer.url}/v1/traces`, 200]);
    await page.getByRole('table', { name: 'Traces' }).getByRole('link', { name: 'hello' }).waitFor();
  });
});

describe('the trace list', () => {
  it('shows new traces while it is open', async ({ explorer, page }) => {
    await send(explorer.url, [{ traceId: traceIdOf(1), spanId: spanIdOf(1), name: 'early bird' }]);
    await page.goto('/traces');
    const list = page.getByRole('table', { name: 'Traces' });
    await list.getByRole('link', { name: 'early bird' }).waitFor();
    await page.evaluate(() => document.documentElement.setAttribute('data-not-reloaded', ''));
    await send(explorer.url, [
      { traceId: traceIdOf(2), spanId: spanIdOf(2), name: 'second mouse', startMs: 1_000, error: 'cheese' },
    ]);
    const row = list.getByRole('row').filter({ hasText: 'second mouse' });
    await row.getByText('1 error').waitFor();
    // Newest first: it is above the other one.
    const names = await list.locator('[data-row]').allTextContents();
    expect(names.indexOf('second mouse')).toBeLessThan(names.indexOf('early bird'));
    expect(await page.locator('html[data-not-reloaded]').count()).toBe(1);
  });

  it('shows the matches of a query, and has the query in its address', async ({ explorer, page }) => {
    await send(explorer.url, [
      { traceId: traceIdOf(11), spanId: spanIdOf(11), name: 'needle', attributes: { 'order.id': 42 } },
      { traceId: traceIdOf(12), spanId: spanIdOf(12), name: 'hay', attributes: { 'order.id': 43 } },
    ]);
    await page.goto('/traces');
    const box = page.getByRole('combobox', { name: 'Search traces' });
    await box.fill('order.id=42');
    await box.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === 'order.id=42');
    const names = page.getByRole('table', { name: 'Traces' }).locator('[data-row]');
    await eventually(() => names.allTextContents()).toEqual(['needle']);
    await page.reload();
    await eventually(() => names.allTextContents()).toEqual(['needle']);
    expect(await box.inputValue()).toBe('order.id=42');
    await page.goBack();
    await eventually(() => names.allTextContents()).toContain('hay');
    expect(await box.inputValue()).toBe('');
  });

  it('marks the error in a query', async ({ explorer, page }) => {
    await send(explorer.url, [{ traceId: traceIdOf(21), spanId: spanIdOf(21), name: 'stays' }]);
    await page.goto('/traces');
    const box = page.getByRole('combobox', { name: 'Search traces' });
    await box.fill('name~stays status=blue');
    await box.press('Enter');
    const problem = page.getByRole('search').getByRole('alert');
    await eventually(() => problem.locator('mark').textContent()).toBe('blue');
    expect(await box.getAttribute('aria-invalid')).toBe('true');
    expect(await box.getAttribute('aria-describedby')).toBe(await problem.getAttribute('id'));
    await box.fill('name~stays status=unset');
    await box.press('Enter');
    await page.getByRole('link', { name: 'stays' }).waitFor();
    expect(await problem.count()).toBe(0);
  });

  it('names the nearest known field if a query finds nothing', async ({ explorer, page }) => {
    await send(explorer.url, [{ traceId: traceIdOf(41), spanId: spanIdOf(41), name: 'hinted' }]);
    for (const [path, list] of [
      ['/traces', 'No traces found'],
      ['/', 'No journeys found'],
    ] as const) {
      await page.goto(`${path}?q=servce%3Dpage-tests`);
      const notice = page.getByRole('region', { name: list });
      await notice.getByText('Did you mean “service”?').waitFor();
      expect(await violationsOf(page)).toEqual([]);
    }
  });

  it('completes the typed word by keyboard', async ({ explorer, page }) => {
    const service = 'completed-service';
    await send(explorer.url, [{ traceId: traceIdOf(31), spanId: spanIdOf(31), name: 'of it', service }]);
    await page.goto('/traces');
    const box = page.getByRole('combobox', { name: 'Search traces' });
    await box.pressSequentially('service=compl');
    const choice = page.getByRole('option', { name: service });
    await choice.waitFor();
    await eventually(async () => {
      if ((await choice.getAttribute('aria-selected')) !== 'true') await box.press('ArrowDown');
      return choice.getAttribute('aria-selected');
    }).toBe('true');
    await box.press('Enter');
    await eventually(async () => (await box.inputValue()).trim()).toBe(`service=${service}`);
    await eventually(async () => {
      if (!page.url().includes('q=')) await box.press('Enter');
      return new URL(page.url()).searchParams.get('q');
    }).toBe(`service=${service}`);
    await page.getByRole('link', { name: 'of it' }).waitFor();
  });

  it('reports that the explorer is gone, and recovers with it', async ({ browser }) => {
    const first = await startExplorer();
    await send(first.url, [{ traceId: traceIdOf(1), spanId: spanIdOf(1), name: 'before' }]);
    const { page, troubles } = await openReader(browser, first.url);
    troubles.allowLostServer();
    try {
      await page.goto('/traces');
      await page.getByRole('link', { name: 'before' }).waitFor();
      await first.stop();
      expect(await violationsOf(page)).toEqual([]);
      // Received traces stay in sight.
      await page
        .getByText(/reconnecting|offline|no live|lost/i)
        .first()
        .waitFor();
      await page.getByRole('link', { name: 'before' }).waitFor();
    } finally {
      const second = await startAgain(first);
      await send(second.url, [{ traceId: traceIdOf(2), spanId: spanIdOf(2), name: 'after', startMs: 1 }]);
      await page.getByRole('link', { name: 'after' }).waitFor();
      await page.context().close();
      await second.stop();
    }
    expect(troubles.seen).toEqual([]);
  });
});
