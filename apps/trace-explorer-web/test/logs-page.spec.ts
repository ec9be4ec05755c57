import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { send, sendLogs, spanIdOf, traceIdOf, type SentLog } from './otlp.ts';
import type { ExplorerProcess } from './explorer-process.ts';
import { eventually, it as withExplorer } from './reader.ts';

const SPAN = { traceId: traceIdOf(7), spanId: spanIdOf(7) };
const SCREENS = [
  ['light', 1440],
  ['dark', 1440],
  ['light', 390],
] as const;

const FEW: readonly SentLog[] = [
  { atMs: 0, severityNumber: 9, body: 'the service starts' },
  { atMs: 1_000, severityNumber: 13, body: 'second attempt\nafter 3 s', ...SPAN },
  {
    atMs: 2_000,
    severityNumber: 17,
    eventName: 'exception',
    attributes: {
      'exception.type': 'BankError',
      'exception.message': 'the bank is closed',
      'exception.stacktrace': 'BankError: the bank is closed\n    at charge (bank.ts:7:9)',
      'order.id': 'o-42',
    },
    ...SPAN,
  },
];

const filled = withExplorer.extend<{ $file: { sent: readonly SentLog[] } }>({
  sent: [
    async ({ explorer }: { explorer: ExplorerProcess }, use: (sent: readonly SentLog[]) => Promise<void>) => {
      await send(explorer.url, [{ ...SPAN, name: 'charge-card', service: 'payments', durationMs: 4_000 }]);
      await sendLogs(explorer.url, 'payments', FEW);
      await sendLogs(explorer.url, 'stock', [{ atMs: 500, severityNumber: 5, body: 'counted 12 items' }]);
      await use(FEW);
    },
    { scope: 'file' },
  ],
});

describe.for(SCREENS)('in %s colours on %d px, the page of log records', ([colorScheme, width]) => {
  const it = filled.override({ contextOptions: { colorScheme, viewport: { width, height: 800 } } });

  it('lists those of all traces and of none, newest first, and leads to their spans', async ({
    page,
    sent,
  }) => {
    expect(sent).toHaveLength(3);
    await page.goto('/logs');
    const rows = page.getByRole('row').filter({ has: page.locator('[data-row]') });
    await rows.nth(3).waitFor();
    expect(await rows.locator('[data-row]').allInnerTexts()).toEqual([
      'BankError: the bank is closed',
      'second attempt after 3 s',
      'counted 12 items',
      'the service starts',
    ]);
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
    await rows.nth(0).locator('[data-row]').click();
    await page.getByLabel('Stack trace').waitFor();
    await page.getByText('o-42').waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await rows
      .nth(0)
      .getByRole('link', { name: /in trace/ })
      .click();
    await page.getByRole('tab', { name: 'Events' }).waitFor();
    expect(page.url()).toContain(`/trace/${SPAN.traceId}?spanId=${SPAN.spanId}&tab=events`);
    await page.getByRole('tabpanel').getByText('the bank is closed').first().waitFor();
  });

  it('is filtered by text, service, severity, event and time, all of which are in the address', async ({
    page,
    sent,
  }) => {
    const texts = page.locator('[data-row]');
    await page.goto('/logs?severity=warn');
    await eventually(() => texts.count()).toBe(sent.length - 1);
    await page.getByRole('searchbox', { name: 'Text in the body' }).fill('ATTEMPT');
    await page.keyboard.press('Enter');
    await eventually(() => texts.allInnerTexts()).toEqual(['second attempt after 3 s']);
    expect(page.url()).toContain('text=ATTEMPT');
    await page.goto('/logs');
    await page.getByRole('combobox', { name: 'Service' }).fill('stock');
    await page.keyboard.press('Enter');
    await eventually(() => texts.allInnerTexts()).toEqual(['counted 12 items']);
    await page.goto('/logs');
    await page.getByRole('button', { name: 'exception' }).click();
    await eventually(() => texts.count()).toBe(1);
    expect(page.url()).toContain('event=exception');
    await page.goto('/logs?to=1000');
    await page.getByRole('heading', { name: 'No log record fits' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('button', { name: 'All time' }).click();
    await eventually(() => texts.count()).toBe(4);
  });
});
