import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { sendLogs } from './otlp.ts';
import { eventually, it } from './reader.ts';

const FIRST = [
  { atMs: 0, severityNumber: 9, body: 'the service starts' },
  { atMs: 1_000, severityNumber: 13, body: 'second' },
];

describe('the page of log records', () => {
  it('says how to send some while there are none, and shows new ones when nobody reads', async ({
    page,
    explorer,
  }) => {
    await page.goto('/logs');
    await page.getByRole('heading', { name: 'No log records yet' }).waitFor();
    await page.getByText(`OTEL_EXPORTER_OTLP_ENDPOINT=${explorer.url}`).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'Live. Pause live updates' }).waitFor();
    await sendLogs(explorer.url, 'payments', FIRST);
    await page.getByText('the service starts').waitFor();
    // A focused row must stay in its place.
    await page.keyboard.press('j');
    const focused = page.locator(':focus');
    await eventually(() => focused.innerText()).toBe('second');
    const before = await focused.boundingBox();
    await sendLogs(explorer.url, 'payments', [{ atMs: 3_000, severityNumber: 9, body: 'came later' }]);
    await page.getByRole('button', { name: '1 new log record' }).waitFor();
    expect(await focused.boundingBox()).toEqual(before);
    await page.getByRole('button', { name: '1 new log record' }).click();
    await eventually(() => page.locator('[data-row]').first().innerText()).toBe('came later');
  });

  it('scrolls through 10,000 of them, and says what is wrong when they cannot be loaded', async ({
    page,
    explorer,
    reader,
  }) => {
    const many = Array.from({ length: 10_000 }, (_, n) => ({
      atMs: n,
      severityNumber: 9,
      body: `record ${n}`,
    }));
    for (let n = 0; n < many.length; n += 2_500)
      await sendLogs(explorer.url, 'payments', many.slice(n, n + 2_500));
    await page.goto('/logs');
    await page.getByText('record 9999').waitFor();
    await eventually(async () => {
      await page.evaluate(() => window.scrollTo({ top: document.body.scrollHeight }));
      return page.getByText('record 0', { exact: true }).count();
    }).toBe(1);
    // Only the rows in sight are drawn.
    expect(await page.locator('[data-row]').count()).toBeLessThan(100);
    reader.troubles.allowStatus(503);
    await page.route('**/api/v1/logs?*', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.goto('/logs?service=x');
    await page.getByRole('heading', { name: 'The log records could not be loaded' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});
