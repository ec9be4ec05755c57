import { describe, expect } from 'vitest';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { it } from './reader.ts';

/** Markup that would run if it became an element. It would open a dialog, which fails a test. */
const markup = (place: string) => `<img src=x onerror=alert(1)> ${place}`;
const SOURCE = { traceId: traceIdOf(1), spanId: spanIdOf(1) };
const BATCH = { traceId: traceIdOf(2), spanId: spanIdOf(2) };

const hostile = (place: string): Omit<SentSpan, 'traceId' | 'spanId'> => ({
  name: markup(`name of ${place}`),
  service: markup(`service of ${place}`),
  error: markup('status message'),
  attributes: { [markup('key')]: markup('value'), 'batch.size': markup('size') },
  events: [
    { name: markup('event'), attributes: { [markup('event key')]: markup('event value') } },
    {
      name: 'exception',
      attributes: {
        'exception.type': markup('exception type'),
        'exception.message': markup('exception message'),
        'exception.stacktrace': markup('stack'),
      },
    },
  ],
});

async function sendHostileSpans(url: string) {
  await send(url, [
    { ...SOURCE, ...hostile('source') },
    {
      ...BATCH,
      ...hostile('batch'),
      startMs: 1_000,
      links: [
        {
          ...SOURCE,
          attributes: {
            [markup('link key')]: markup('link value'),
            'spanlinks.relation': markup('relation'),
          },
        },
      ],
    },
  ]);
}

const tab = (name: string) => `/trace/${BATCH.traceId}?spanId=${BATCH.spanId}&tab=${name}`;
const view = (name: string) => `/trace/${BATCH.traceId}?view=${name}`;
const SHOWN: readonly (readonly [string, string, readonly string[]])[] = [
  ['the trace list', '/traces', ['name of batch', 'service of batch', 'name of source']],
  ['a search', `/traces?q=${encodeURIComponent(`name~"${markup('name of batch')}"`)}`, ['name of batch']],
  [
    'the waterfall and its overview',
    tab('overview'),
    ['name of batch', 'service of batch', 'status message'],
  ],
  ['the attributes', tab('attributes'), ['key', 'value']],
  [
    'the events',
    tab('events'),
    ['event', 'event key', 'event value', 'exception type', 'exception message', 'stack'],
  ],
  ['the links', tab('links'), ['name of source', 'service of source', 'link key', 'link value', 'relation']],
  ['the raw span', tab('raw'), ['name of batch', 'value']],
  ['the link graph', view('graph'), []],
  ['the stitched timeline', view('timeline'), []],
];

describe('markup in spans is text, and nothing of it runs,', () => {
  it.for(SHOWN)('in %s', async ([, address, places], { explorer, page }) => {
    await sendHostileSpans(explorer.url);
    await page.goto(address);
    for (const place of places) {
      // Some of it is cut if there is no room.
      await page.locator('main').getByText(markup(place)).first().waitFor({ state: 'attached' });
    }
    if (places.length === 0) await page.locator('svg text', { hasText: '<img src=x' }).first().waitFor();
    expect(await page.locator('img[src=x], [onerror]').count()).toBe(0);
  });

  it('in the details of an unfolded link', async ({ explorer, page }) => {
    await sendHostileSpans(explorer.url);
    await page.goto(tab('links'));
    await page
      .getByRole('grid', { name: 'Links to' })
      .getByRole('button', { name: 'Details of link 0' })
      .click();
    for (const place of ['key', 'value', 'event', 'name of source']) {
      await page
        .getByRole('grid', { name: 'Links to' })
        .getByText(markup(place))
        .first()
        .waitFor({ state: 'attached' });
    }
    expect(await page.locator('img[src=x], [onerror]').count()).toBe(0);
  });
});
