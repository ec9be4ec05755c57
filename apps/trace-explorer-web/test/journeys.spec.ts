import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { send, spanIdOf, traceIdOf, type SentSpan } from './otlp.ts';
import { eventually, it } from './reader.ts';

const at = (n: number) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) });
const link = (n: number, relation = 'origin') => ({
  ...at(n),
  attributes: { 'spanlinks.relation': relation },
});

/**
 * An order that waits 12 s for a batch of two. Its payment fails once, and its mail fails
 * permanently.
 */
function orderStory(base: number): SentSpan[] {
  const id = `order-${base}-abcdefgh`;
  return [
    { ...at(base), name: 'POST /orders', kind: 2, durationMs: 18, attributes: { 'order.id': id } },
    {
      ...at(base + 1),
      name: 'POST /orders',
      kind: 2,
      startMs: 1,
      attributes: { 'order.id': `other-${base}` },
    },
    {
      ...at(base + 2),
      name: 'process-batch',
      service: 'orders-batch',
      kind: 5,
      startMs: 12_100,
      durationMs: 206,
      links: [link(base), link(base + 1)],
    },
    {
      traceId: traceIdOf(base + 2),
      spanId: spanIdOf(base + 900),
      parentSpanId: spanIdOf(base + 2),
      name: 'reconcile-order',
      service: 'orders-batch',
      startMs: 12_150,
      durationMs: 103,
      attributes: { 'order.id': id },
    },
    {
      ...at(base + 3),
      name: 'authorize-payment',
      service: 'payments',
      startMs: 12_400,
      error: 'no answer',
      links: [link(base, 'initiator')],
    },
    {
      ...at(base + 4),
      name: 'authorize-payment',
      service: 'payments',
      startMs: 12_500,
      links: [link(base, 'initiator'), link(base + 3, 'previous_attempt')],
    },
    {
      ...at(base + 5),
      name: 'send-mail',
      service: 'mail',
      startMs: 12_450,
      error: 'the mailbox is full',
      links: [link(base, 'initiator')],
    },
  ];
}

const rowOf = (page: Page, text: string) =>
  page.getByRole('table', { name: 'Journeys' }).getByRole('row').filter({ hasText: text });

describe('the list of journeys', () => {
  it('is the first screen and shows the way of an order, its waits, and its failures with reasons', async ({
    explorer,
    page,
  }) => {
    await send(explorer.url, orderStory(1_000));
    await page.goto('/');
    await page.getByRole('heading', { name: 'Journeys', level: 1 }).waitFor();
    const row = rowOf(page, '…abcdefgh');
    await row.getByText('Failed').waitFor();
    const text = (await row.innerText()).replaceAll(/\s+/g, ' ');
    expect(text).toContain('order.id …abcdefgh');
    expect(text).toContain('POST /orders');
    expect(text).toContain('waited 12');
    expect(text).toContain('send-mail: the mailbox is full');
    // The other order of the batch did not fail.
    await rowOf(page, 'other-1000').getByText('Done').waitFor();
    await row.getByRole('link', { name: /the mailbox is full/ }).click();
    await page.waitForURL(`**/trace/${traceIdOf(1_005)}?spanId=${spanIdOf(1_005)}`);
    await page.getByText('the mailbox is full').first().waitFor();
  });

  it('finds journeys by their spans, their state and their wait, and sorts them', async ({
    explorer,
    page,
  }) => {
    await send(explorer.url, orderStory(2_000));
    await page.goto('/');
    await rowOf(page, 'other-2000').waitFor();
    const box = page.getByRole('combobox', { name: 'Search journeys' });
    await box.fill('order.id=other-2000 journey.wait>10s journey.state=done');
    await box.press('Enter');
    await eventually(() => page.locator('[data-journey]').count()).toBe(1);
    await rowOf(page, 'other-2000').waitFor();
    await page.getByRole('button', { name: 'Clear the search' }).click();
    await page.getByRole('button', { name: 'Failed' }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'journey.state=failed,undone,refused');
    await eventually(() => rowOf(page, 'other-2000').count()).toBe(0);
    await page.getByRole('combobox', { name: 'Order' }).selectOption('waiting');
    await page.waitForURL((url) => url.searchParams.get('sort') === 'waiting');
    await page.locator('[data-journey]').first().waitFor();
  });

  it('shows new journeys, but never moves the row under the pointer', async ({ explorer, page }) => {
    await send(explorer.url, orderStory(3_000));
    await page.goto('/');
    const row = rowOf(page, 'other-3000');
    await row.getByText('Done').waitFor();
    const place = async () => (await row.boundingBox())?.y;
    const before = await place();
    // A pointer that keeps moving over the row.
    const box = (await row.boundingBox())!;
    let isHovering = true;
    const hover = (async () => {
      for (let step = 0; isHovering; step++) {
        await page.mouse.move(box.x + 40 + (step % 20), box.y + box.height / 2);
        await page.waitForTimeout(300);
      }
    })();
    await send(
      explorer.url,
      orderStory(4_000).map((span) => ({ ...span, startMs: (span.startMs ?? 0) + 60_000 })),
    );
    // The page knows the new journey and shows it after the pointer has left.
    const answered = await page.waitForResponse(async (response) => {
      return response.url().includes('/api/v1/journeys?') && (await response.text()).includes('other-4000');
    });
    expect(answered.ok()).toBe(true);
    expect(await place()).toBe(before);
    isHovering = false;
    await hover;
    await page.mouse.move(0, 0);
    await rowOf(page, 'other-4000').waitFor();
  });

  it('leads by keyboard to a journey and back', async ({ explorer, page }) => {
    await send(explorer.url, orderStory(5_000));
    await page.goto('/?q=order.id%3Dother-5000');
    await rowOf(page, 'other-5000').waitFor();
    await page.keyboard.press('j');
    await eventually(() => page.evaluate(() => document.activeElement?.textContent ?? '')).toContain(
      'other-5000',
    );
    await page.keyboard.press('Enter');
    await page.waitForURL(`**/journey/${traceIdOf(5_001)}`);
    await page.getByRole('heading', { level: 1, name: /other-5000/ }).waitFor();
    await page.goBack();
    await rowOf(page, 'other-5000').waitFor();
  });

  it('scrolls through thousands of journeys while the page holds a few rows', async ({ explorer, page }) => {
    const count = 2_000;
    const orders = Array.from({ length: count }, (_, n): SentSpan => ({
      ...at(100_000 + n),
      name: 'receive-order',
      kind: 4,
      startMs: n,
      attributes: { 'order.id': `many-${n}` },
    }));
    const links = orders.map(({ traceId, spanId }) => ({ traceId, spanId }));
    await send(explorer.url, [...orders, { ...at(99_999), name: 'process-batch', startMs: 60_000, links }]);
    const found = async () =>
      (await (await fetch(`${explorer.url}/api/v1/journeys?limit=1000&q=order.id~many-1999`)).json()) as {
        journeys: object[];
      };
    await expect.poll(async () => (await found()).journeys.length, { timeout: 90_000 }).toBe(1);
    await page.goto('/?q=name%3Dreceive-order');
    await rowOf(page, 'many-1999').waitFor();
    for (let step = 0; step < 12; step++) {
      await page.mouse.wheel(0, 3_000);
      await page.waitForTimeout(100);
    }
    await eventually(async () =>
      Number(await page.locator('[data-row]').last().getAttribute('data-row')),
    ).toBeGreaterThan(100);
    expect(await page.locator('[data-journey]').count()).toBeLessThan(80);
  });

  it('explains if the traces make no journey', async ({ explorer, page }) => {
    await page.goto('/?q=order.id%3Dnobody');
    await page.getByRole('heading', { name: 'No journey fits' }).waitFor();
    await page.getByRole('button', { name: 'Show all journeys' }).click();
    await page.waitForURL((url) => url.search === '');
    expect(explorer.url).toBeDefined();
  });
});

describe('rejected requests', () => {
  it('are reported on the first screen and with the traces, with the reason and the sender, until they are hidden', async ({
    explorer,
    page,
  }) => {
    const refused = await fetch(`${explorer.url}/v1/traces`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': 'test-sender/1.0' },
      body: '{"resourceSpans": [<b>',
    });
    expect(refused.status).toBe(400);
    await page.goto('/');
    const notice = page.getByRole('status', { name: 'Rejected requests' });
    await notice.getByText(/^1 request rejected: /).waitFor();
    await notice.getByText(/from 127\.0\.0\.1, test-sender\/1\.0; answered with HTTP 400/).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    await page.getByRole('link', { name: 'Traces' }).click();
    await notice.getByText(/^1 request rejected: /).waitFor();
    await notice.getByRole('button', { name: 'Hide the rejected requests' }).click();
    await eventually(() => notice.count()).toBe(0);
  });
});

describe('the page of a journey', () => {
  it('shows one waterfall across traces, its waits, and the critical path', async ({ explorer, page }) => {
    await send(explorer.url, orderStory(6_000));
    await page.goto('/?q=order.id%3Dorder-6000-abcdefgh');
    await page.locator('[data-row]').first().click();
    await page.getByRole('heading', { level: 1, name: /order-6000-abcdefgh/ }).waitFor();
    const path = page.getByRole('list', { name: 'Critical path' });
    await eventually(async () => (await path.innerText()).replaceAll(/\s+/g, ' ')).toMatch(
      /POST \/orders 18 ms waited/,
    );
    const waterfall = page.getByRole('region', { name: 'Waterfall of the journey' });
    await waterfall.getByText('the mailbox is full').waitFor();
    await waterfall.getByText('tried again').waitFor();
    await waterfall.getByText(/own 103 ms/).waitFor();
    await waterfall.getByRole('link', { name: 'process-batch (2)' }).click();
    await page.waitForURL(`**/trace/${traceIdOf(6_002)}?spanId=${spanIdOf(6_002)}`);
    // The batch belongs to the journeys of both orders, which are one click away.
    await page.getByRole('link', { name: 'in 2 journeys' }).click();
    await page.getByRole('table', { name: 'Journeys' }).getByText('other-6000').waitFor();
    await page.goto(`/trace/${traceIdOf(6_005)}`);
    await page.getByRole('link', { name: 'journey of order.id …abcdefgh' }).click();
    await page.waitForURL(`**/journey/${traceIdOf(6_000)}`);
  });

  it('folds many steps of one kind, and unfolds them', async ({ explorer, page }) => {
    const branches = Array.from({ length: 40 }, (_, n): SentSpan => ({
      ...at(7_010 + n),
      name: 'price-item',
      startMs: 100 + n,
      links: [{ ...at(7_000), attributes: { 'messaging.message.id': `item-${n}` } }],
      ...(n === 17 && { error: 'no price' }),
    }));
    await send(explorer.url, [
      { ...at(7_000), name: 'POST /quotes', kind: 2, attributes: { 'quote.id': 'q-7000' } },
      ...branches,
    ]);
    await page.goto('/?q=quote.id%3Dq-7000');
    await page.locator('[data-row]').first().click();
    const fold = page.getByRole('button', { name: /price-item × 40, 1 failed/ });
    await fold.click();
    await eventually(() => page.getByRole('link', { name: 'price-item' }).count()).toBe(40);
    await fold.click();
    await eventually(() => page.getByRole('link', { name: 'price-item' }).count()).toBe(0);
  });

  it('explains if a trace is part of no journey', async ({ page, reader }) => {
    reader.troubles.allowStatus(404);
    await page.goto(`/journey/${'e'.repeat(32)}`);
    await page.getByRole('heading', { name: 'This journey is not here' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
  });
});

const SCREENS = [
  ['in light colours', { colorScheme: 'light' }],
  ['in dark colours', { colorScheme: 'dark' }],
  ['on 1024 px', { colorScheme: 'light', viewport: { width: 1024, height: 740 } }],
  ['on 390 px', { colorScheme: 'dark', viewport: { width: 390, height: 740 } }],
] as const;

describe.for(SCREENS)('%s, everyone can use', ([, options]) => {
  const onScreen = it.override({ contextOptions: options });
  onScreen('the list of journeys and a journey', async ({ explorer, page }) => {
    await send(explorer.url, orderStory(8_000));
    // By name, because thousands of rows of other tests may come before it.
    await page.goto('/?q=order.id%3Dother-8000');
    await rowOf(page, 'other-8000').waitFor();
    await page.goto('/');
    await page.locator('[data-row]').first().waitFor();
    const overflow = () => page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflow()).toBeLessThanOrEqual(0);
    await page.goto(`/journey/${traceIdOf(8_000)}`);
    await page.getByRole('region', { name: 'Waterfall of the journey' }).waitFor();
    expect(await violationsOf(page)).toEqual([]);
    expect(await overflow()).toBeLessThanOrEqual(0);
  });
});
