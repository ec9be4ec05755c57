import { describe, expect } from 'vitest';
import { sendFanIn } from './fan-in.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import { eventually, it } from './reader.ts';
import { contentOf, saved } from './saved-picture.ts';

const PNG_MAGIC = '89504e470d0a1a0a';
const DATE = /\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3} UTC\+0[12]:00/;

describe.for([
  ['graph', 'link-graph'],
  ['timeline', 'timeline'],
] as const)('the %s of a batch and its sources', ([view, file]) => {
  it('is saved as a self-contained SVG of 16:9 with its title, ids, date and legend', async ({
    explorer,
    page,
  }) => {
    const { traceId, spanId } = await sendFanIn(explorer.url, 1_000, 3);
    await page.goto(`/trace/${traceId}?view=${view}`);
    await page.locator('[data-mark]').first().waitFor();
    const { name, bytes } = await saved(page, 'SVG');
    expect(name).toBe(`${file}-process-batch-${traceId.slice(0, 8)}.svg`);
    const picture = await contentOf(page, bytes);
    expect(picture).toMatchObject({ root: 'http://www.w3.org/2000/svg svg', active: 0 });
    expect(picture.broken).toBeUndefined();
    expect(picture.width / picture.height).toBeCloseTo(16 / 9);
    expect(picture.title).toContain('process-batch');
    expect(picture.texts).toEqual(
      expect.arrayContaining([
        picture.title,
        `trace ${traceId}`,
        `span ${spanId}`,
        'orders-api',
        'orders-batch',
      ]),
    );
    expect(picture.texts.some((text) => DATE.test(text))).toBe(true);
    expect(picture.texts.join()).toContain('An arrow points from the');
    expect(picture.texts.join()).toContain('receive-order');
    expect(picture.outside).toEqual([]);
  });

  it('is saved in the colours of the theme', async ({ explorer, page }) => {
    const { traceId } = await sendFanIn(explorer.url, 4_000, 3);
    await page.goto(`/trace/${traceId}?view=${view}`);
    await page.locator('[data-mark]').first().waitFor();
    const grounds: (string | null)[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      grounds.push((await contentOf(page, (await saved(page, 'SVG')).bytes)).ground);
    }
    expect(grounds).toEqual(['rgb(245, 246, 248)', 'rgb(14, 17, 22)']);
  });

  it('cuts a long title with an ellipsis', async ({ explorer, page }) => {
    const ids = { traceId: traceIdOf(5_000), spanId: spanIdOf(5_000) };
    const name = 'reconcile every order of the day before '.repeat(12);
    await send(explorer.url, [
      { ...ids, name, links: [{ traceId: traceIdOf(5_001), spanId: spanIdOf(5_001) }] },
      { traceId: traceIdOf(5_001), spanId: spanIdOf(5_001), name: 'source' },
    ]);
    await page.goto(`/trace/${ids.traceId}?view=${view}`);
    await page.locator('[data-mark]').first().waitFor();
    const picture = await contentOf(page, (await saved(page, 'SVG')).bytes);
    expect(picture.title).toContain(name.trim());
    expect(
      picture.texts.some((text) => /^(Link graph|Timeline) of reconcile every order.*…$/.test(text)),
    ).toBe(true);
    expect(picture.outside).toEqual([]);
  });

  it('turns its arrows along time, explains them, and keeps the setting in its address', async ({
    explorer,
    page,
  }) => {
    const { traceId } = await sendFanIn(explorer.url, 3_000, 3);
    await page.goto(`/trace/${traceId}?view=${view}`);
    await page.getByText(/An arrow points from the (span|trace) that has the link/).waitFor();
    const heads = () =>
      page.locator('svg polygon').evaluateAll((all) => all.map((head) => head.getAttribute('points')));
    const before = await heads();
    await page.getByRole('button', { name: 'Arrows along time' }).click();
    await page.waitForURL((url) => url.searchParams.get('arrows') === 'time');
    await page.getByText(/An arrow points the way the work went/).waitFor();
    await eventually(async () => (await heads()).filter((head) => before.includes(head)).length).toBe(0);
    await page.reload();
    await page.getByText(/An arrow points the way the work went/).waitFor();
  });

  it('is saved as a PNG of twice the size', async ({ explorer, page }) => {
    const { traceId } = await sendFanIn(explorer.url, 2_000, 3);
    await page.goto(`/trace/${traceId}?view=${view}`);
    await page.locator('[data-mark]').first().waitFor();
    const { name, bytes } = await saved(page, 'PNG');
    expect(name).toMatch(/\.png$/);
    expect(bytes.subarray(0, 8).toString('hex')).toBe(PNG_MAGIC);
    const size = { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    const svg = (await saved(page, 'SVG')).bytes.toString('utf8');
    const of = (side: string) => Number(new RegExp(`<svg[^>]* ${side}="([\\d.]+)"`).exec(svg)?.[1]);
    expect(size).toEqual({ width: 2 * of('width'), height: 2 * of('height') });
    // A picture of one colour would only have a few hundred bytes.
    expect(bytes.length).toBeGreaterThan(5_000);
  });
});

describe('a journey', () => {
  it('is saved as a picture of its steps and waits', async ({ explorer, page }) => {
    const { sources } = await sendFanIn(explorer.url, 6_000, 3);
    const [first] = sources;
    const journey = `${explorer.url}/api/v1/journeys/${first!.traceId}`;
    await eventually(async () => (await fetch(journey)).status).toBe(200);
    await page.goto(`/journey/${first!.traceId}`);
    await page.getByRole('heading', { name: 'Steps' }).waitFor();
    const { name, bytes } = await saved(page, 'SVG');
    expect(name).toBe(`journey-receive-order-0-${first!.traceId.slice(0, 8)}.svg`);
    const picture = await contentOf(page, bytes);
    expect(picture).toMatchObject({ active: 0, outside: [] });
    expect(picture.width / picture.height).toBeCloseTo(16 / 9);
    expect(picture.texts).toEqual(
      expect.arrayContaining(['Journey of receive-order 0', `trace ${first!.traceId}`, 'process-batch (3)']),
    );
    expect(picture.texts.join()).toMatch(/waited 1 m/);
    expect(picture.texts.some((text) => DATE.test(text))).toBe(true);
    // The drawing leaves nothing in the page.
    expect(await page.locator('body > .visually-hidden').count()).toBe(0);
    const png = await saved(page, 'PNG');
    expect(png.bytes.subarray(0, 8).toString('hex')).toBe(PNG_MAGIC);
  });
});
