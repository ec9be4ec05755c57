import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { send, sendLogs, spanIdOf, traceIdOf } from './otlp.ts';
import { it as withExplorer } from './reader.ts';

const SCREENS = [
  ['light', 70],
  ['dark', 71],
] as const;

describe.for(SCREENS)('in %s colours, the events of a span', ([colorScheme, number]) => {
  const ids = { traceId: traceIdOf(number), spanId: spanIdOf(number) };
  const it = withExplorer.override({ contextOptions: { colorScheme } });
  it('stand in time order with its log records, and exceptions of log records read like those of events', async ({
    explorer,
    page,
  }) => {
    const events = [{ name: 'charging' }];
    const span = {
      ...ids,
      name: 'charge-card',
      service: 'payments',
      durationMs: 40,
      error: 'no answer',
      events,
    };
    await send(explorer.url, [span]);
    await sendLogs(explorer.url, 'payments', [
      {
        ...ids,
        atMs: 20,
        severityNumber: 17,
        eventName: 'exception',
        attributes: {
          'exception.type': 'BankError',
          'exception.message': 'the bank is closed',
          'exception.stacktrace': 'BankError: the bank is closed\n    at charge (bank.ts:7:9)',
        },
      },
      {
        ...ids,
        atMs: 10,
        severityNumber: 13,
        body: 'second attempt\nafter 3 s',
        attributes: { attempt: 2 },
      },
    ]);
    await page.goto(`/trace/${ids.traceId}?spanId=${ids.spanId}&tab=events`);
    await page.getByText('the bank is closed').first().waitFor();
    expect(await page.getByRole('tab', { name: 'Events' }).textContent()).toBe('Events3');
    const entries = page.getByRole('tabpanel').getByRole('article');
    const heads = await entries.locator('header').allInnerTexts();
    expect(heads.map((text) => text.split(/\n+/))).toEqual([
      ['charging', '+0 ns'],
      ['Log record', 'WARN', '+10 ms'],
      ['exception', 'ERROR', '+20 ms'],
    ]);
    expect(await entries.nth(1).innerText()).toContain('second attempt\nafter 3 s');
    expect(await entries.nth(2).getByLabel('Stack trace').innerText()).toContain('at charge (bank.ts:7:9)');
    expect(await violationsOf(page)).toEqual([]);
  });
});
