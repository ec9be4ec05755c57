import { describe, expect } from 'vitest';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it } from './reader.ts';

const SPANS = 10_000;

describe('a trace', () => {
  it('of 10,000 spans opens and scrolls to its last one while the page holds a few rows', async ({
    explorer,
    page,
  }) => {
    const traceId = traceIdOf(1);
    const root = spanIdOf(1);
    const children = Array.from({ length: SPANS - 1 }, (_, n): SentSpan => {
      const parentSpanId = n % 100 === 0 ? root : spanIdOf(2 + n - (n % 100));
      return {
        traceId,
        spanId: spanIdOf(2 + n),
        parentSpanId,
        name: `step ${n}`,
        startMs: n,
        durationMs: 90,
      };
    });
    await send(explorer.url, [{ traceId, spanId: root, name: 'long work', durationMs: 10_100 }, ...children]);
    await page.goto(`/trace/${traceId}`);
    const spans = page.getByRole('treegrid', { name: 'Spans' });
    await spans.getByText('long work').waitFor();
    expect(await spans.getAttribute('aria-rowcount')).toBe(String(SPANS + 1));
    await spans.getByRole('row').filter({ hasText: 'long work' }).focus();
    await page.keyboard.press('End');
    const last = spans.getByText(`step ${SPANS - 2}`, { exact: true });
    await last.waitFor();
    await eventually(() => last.evaluate((row) => document.activeElement?.contains(row))).toBe(true);
    expect(await spans.getByRole('row').count()).toBeLessThan(120);
    await page.keyboard.press('Home');
    await spans.getByText('long work').waitFor();
  });

  it('explains why it may be missing, and opens by itself when it comes in', async ({
    explorer,
    page,
    reader,
  }) => {
    reader.troubles.allowStatus(404);
    const traceId = traceIdOf(2);
    await page.goto(`/trace/${traceId}`);
    await page.getByRole('heading', { name: 'This trace is not here' }).waitFor();
    await send(explorer.url, [{ traceId, spanId: spanIdOf(2), name: 'latecomer' }]);
    await page.getByRole('treegrid').getByText('latecomer').waitFor();
  });

  it('grows while it is open, and the selected span stays selected', async ({ explorer, page }) => {
    const traceId = traceIdOf(3);
    const [root, child] = [spanIdOf(30), spanIdOf(31)];
    await send(explorer.url, [{ traceId, spanId: child, parentSpanId: root, name: 'child', startMs: 1 }]);
    await page.goto(`/trace/${traceId}?spanId=${child}`);
    await page.getByText('root not received').waitFor();
    await send(explorer.url, [{ traceId, spanId: root, name: 'root of it', durationMs: 20 }]);
    const spans = page.getByRole('treegrid');
    await spans.getByText('root of it').waitFor();
    await spans.getByRole('row', { selected: true }).filter({ hasText: 'child' }).waitFor();
    expect(new URL(page.url()).searchParams.get('spanId')).toBe(child);
  });

  it('lists its keys when a question mark is typed', async ({ explorer, page }) => {
    const traceId = traceIdOf(4);
    await send(explorer.url, [{ traceId, spanId: spanIdOf(4), name: 'any' }]);
    await page.goto(`/trace/${traceId}`);
    await page.getByRole('treegrid').getByText('any').waitFor();
    await page.keyboard.press('?');
    await page.getByRole('dialog').getByText('Links').first().waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'detached' });
  });
});
