import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { sendFanIn, type FanIn } from './fan-in.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import type { ExplorerProcess } from './explorer-process.ts';
import { it as withExplorer } from './reader.ts';

const it = withExplorer.extend<{ $file: { story: FanIn } }>({
  story: [
    async ({ explorer }: { explorer: ExplorerProcess }, use: (story: FanIn) => Promise<void>) => {
      const story = await sendFanIn(explorer.url, 1_000, 6);
      await send(explorer.url, [
        {
          traceId: traceIdOf(2_000),
          spanId: spanIdOf(2_000),
          name: 'failed-batch',
          service: 'orders-batch',
          startMs: 120_000,
          error: 'the ledger is closed',
          attributes: { 'batch.size': 3 },
          events: [
            { name: 'exception', attributes: { 'exception.stacktrace': 'Error: closed\n    at a.js:1:1' } },
          ],
          links: [story.sources[0]!, { traceId: traceIdOf(9_999), spanId: spanIdOf(9_999) }],
        },
      ]);
      await use(story);
    },
    { scope: 'file' },
  ],
});

interface View {
  readonly name: string;
  readonly address: (story: FanIn) => string;
  /** An element that exists once the view is drawn. */
  readonly drawn: string;
  readonly act?: (page: Page) => Promise<void>;
  readonly status?: number;
}

const span = ({ traceId, spanId }: FanIn) => `/trace/${traceId}?spanId=${spanId}`;
const FAILED = `/trace/${traceIdOf(2_000)}?spanId=${spanIdOf(2_000)}`;
const VIEWS: readonly View[] = [
  { name: 'the trace list', address: () => '/traces', drawn: '[data-row]' },
  {
    name: 'the completions of a search',
    address: () => '/traces',
    drawn: '[data-row]',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Search traces' }).click();
      await page.getByRole('listbox', { name: 'Completions' }).getByRole('option').first().waitFor();
    },
  },
  {
    name: 'a wrong query',
    address: () => '/traces?q=status%3Dblue',
    drawn: '[role=search] , search',
    act: async (page) => {
      await page.getByRole('combobox', { name: 'Search traces' }).press('Enter');
      await page.getByRole('alert').waitFor();
    },
  },
  {
    name: 'the help for searching',
    address: () => '/traces',
    drawn: '[data-row]',
    act: async (page) => {
      await page.getByRole('button', { name: 'Help with searching' }).click();
      await page.getByText('has:links').first().waitFor();
    },
  },
  {
    name: 'the choice of services',
    address: () => '/traces',
    drawn: '[data-row]',
    act: async (page) => {
      await page.getByRole('button', { name: 'Services' }).click();
      await page.getByRole('checkbox').first().waitFor();
    },
  },
  {
    name: 'a search without results',
    address: () => '/traces?q=nothing%20such',
    drawn: 'text=No trace fits',
  },
  { name: 'a trace', address: ({ traceId }) => `/trace/${traceId}`, drawn: '[data-trace-row]' },
  { name: 'a span', address: (story) => span(story), drawn: 'text=Parent' },
  { name: 'a failed span', address: () => FAILED, drawn: 'text=the ledger is closed' },
  { name: 'attributes', address: (story) => `${span(story)}&tab=attributes`, drawn: 'text=batch.size' },
  { name: 'events', address: () => `${FAILED}&tab=events`, drawn: '[aria-label="Stack trace"]' },
  { name: 'the links tab', address: (story) => `${span(story)}&tab=links`, drawn: 'text=receive-order 3' },
  {
    name: 'a link that is unfolded',
    address: (story) => `${span(story)}&tab=links`,
    drawn: 'text=receive-order 3',
    act: async (page) => {
      await page.getByRole('button', { name: 'Details of link 0' }).click();
      await page.locator('[data-details]').first().waitFor();
    },
  },
  {
    name: 'links that are missing',
    address: () => `${FAILED}&tab=links`,
    drawn: '[role=grid] >> text=not received yet',
  },
  {
    name: 'grouped links',
    address: (story) => `${span(story)}&tab=links&linkGroup=service`,
    drawn: 'text=Links to',
  },
  { name: 'the raw span', address: (story) => `${span(story)}&tab=raw`, drawn: 'pre' },
  {
    name: 'the link graph',
    address: ({ traceId }) => `/trace/${traceId}?view=graph`,
    drawn: '[data-mark]',
  },
  {
    name: 'the stitched timeline',
    address: ({ traceId }) => `/trace/${traceId}?view=timeline`,
    drawn: '[data-mark]',
  },
  {
    name: 'the list of keys',
    address: ({ traceId }) => `/trace/${traceId}`,
    drawn: '[data-trace-row]',
    act: async (page) => {
      await page.keyboard.press('?');
      await page.getByRole('dialog').waitFor();
    },
  },
  {
    name: 'a trace that is not here',
    address: () => `/trace/${'d'.repeat(32)}`,
    drawn: 'text=This trace is not here',
    status: 404,
  },
  { name: 'an address that means nothing', address: () => '/nowhere', drawn: 'text=There is no such page' },
];

const SCREENS = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on 360 px', { colorScheme: 'light', viewport: { width: 360, height: 740 } }],
] as const;
const NAMED_VIEWS = VIEWS.map((view) => [view.name, view] as const);

describe.for(SCREENS)('%s, everyone can use', ([, options]) => {
  const onScreen = it.override({ contextOptions: options });
  onScreen.for(NAMED_VIEWS)('%s', async ([, view], { page, story, reader }) => {
    const { address, drawn, act, status } = view;
    if (status !== undefined) reader.troubles.allowStatus(status);
    await page.goto(address(story));
    await page.locator(drawn).first().waitFor();
    await act?.(page);
    expect(await violationsOf(page)).toEqual([]);
    // Nothing extends past the side of the window.
    expect(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(
      0,
    );
  });
});

describe.for(SCREENS)('%s, everyone can use an explorer', ([, options]) => {
  const onScreen = withExplorer.override({ contextOptions: options });
  onScreen('that holds nothing', async ({ page }) => {
    await page.goto('/traces');
    await page.getByRole('heading', { name: 'No traces yet' }).waitFor();
    for (const tab of await page.getByRole('tab').all()) {
      await tab.click();
      expect(await violationsOf(page)).toEqual([]);
    }
  });
});
