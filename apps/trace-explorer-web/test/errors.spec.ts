import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import type { ExplorerProcess } from './explorer-process.ts';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it as withExplorer } from './reader.ts';

const at = (n: number) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) });

/** Three declined payments, and a mail that failed with an exception and no status message. */
const it = withExplorer.extend<{ $file: { failures: readonly string[] } }>({
  failures: [
    async ({ explorer }: { explorer: ExplorerProcess }, use: (names: readonly string[]) => Promise<void>) => {
      const payments = [1, 2, 3].map((n): SentSpan => ({
        ...at(n),
        name: 'authorize-payment',
        service: 'payments',
        startMs: n,
        error: 'card declined',
      }));
      await send(explorer.url, [
        ...payments,
        { ...at(10), name: 'POST /mails', startMs: 100, durationMs: 50 },
        {
          traceId: traceIdOf(10),
          spanId: spanIdOf(11),
          parentSpanId: spanIdOf(10),
          name: 'send-mail',
          startMs: 110,
          error: '',
          attributes: { 'mail.to': 'needle@example.org' },
          events: [
            {
              name: 'exception',
              attributes: { 'exception.type': 'SmtpError', 'exception.message': 'the mailbox is full' },
            },
          ],
          links: [at(1)],
        },
      ]);
      await use(['card declined', 'the mailbox is full']);
    },
    { scope: 'file' },
  ],
});

const RANGE = 'last=6h';

describe('errors', () => {
  it('are grouped by their text, and lead to the last one and to the traces', async ({
    failures: [declined = ''],
    page,
  }) => {
    await page.goto(`/errors?${RANGE}`);
    const rows = page.getByRole('table', { name: 'Errors' }).getByRole('row');
    const row = rows.filter({ hasText: declined });
    await row.getByText('payments authorize-payment').waitFor();
    await row.getByRole('link', { name: '3' }).click();
    await page.waitForURL(
      (url) => url.searchParams.get('q') === 'service=payments name=authorize-payment status=error',
    );
    await page.goBack();
    await page.getByRole('button', { name: 'Exception' }).click();
    await page.waitForURL((url) => url.searchParams.get('by') === 'exception');
    await rows.filter({ hasText: 'SmtpError' }).getByRole('link', { name: 'SmtpError' }).click();
    await page.waitForURL(`**/trace/${traceIdOf(10)}?spanId=${spanIdOf(11)}`);
  });

  it('are shown in the list of traces, in the waterfall and in the link graph', async ({
    failures: [declined = '', full = ''],
    page,
  }) => {
    await page.goto('/traces');
    const row = page.getByRole('row').filter({ hasText: 'POST /mails' });
    await row.getByRole('link', { name: full }).click();
    await page.waitForURL(`**/trace/${traceIdOf(10)}?spanId=${spanIdOf(11)}`);
    await page.getByRole('row').filter({ hasText: 'send-mail' }).getByText(full).waitFor();
    await page.goto(`/trace/${traceIdOf(10)}?view=graph`);
    await page.locator('[data-mark]').filter({ hasText: declined }).waitFor();
    await page.locator('[data-mark]').filter({ hasText: full }).waitFor();
  });

  it('are found within a trace by their message, and spans by their attributes', async ({
    failures,
    page,
  }) => {
    await page.goto(`/trace/${traceIdOf(10)}`);
    const box = page.getByRole('textbox', { name: 'Find spans in this trace' });
    const found = page.getByRole('search').getByRole('status');
    await box.fill(failures[1]!);
    await eventually(() => found.innerText()).toMatch(/of 1$/);
    await box.fill('NEEDLE@example');
    await eventually(() => found.innerText()).toMatch(/of 1$/);
    await box.fill('no such thing');
    await eventually(() => found.innerText()).toBe('none');
  });
});

const SCREENS = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on 390 px', { colorScheme: 'dark', viewport: { width: 390, height: 740 } }],
] as const;

describe.for(SCREENS)('%s, everyone can use', ([, options]) => {
  const onScreen = it.override({ contextOptions: options });
  onScreen('the errors', async ({ failures, page }) => {
    await page.goto(`/errors?${RANGE}`);
    await page.getByText(failures[0]!).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  });
});
