import { buffer } from 'node:stream/consumers';
import type { Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { sendFanIn } from './fan-in.ts';
import { eventually, it } from './reader.ts';

const PNG_MAGIC = '89504e470d0a1a0a';

async function saved(page: Page, button: 'SVG' | 'PNG') {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('group', { name: 'Save the picture' }).getByRole('button', { name: button }).click(),
  ]);
  return { name: download.suggestedFilename(), bytes: await buffer(await download.createReadStream()) };
}

describe.for([
  ['graph', 'link-graph'],
  ['timeline', 'timeline'],
] as const)('the %s of a batch and its sources', ([view, file]) => {
  it('is saved as a self-contained SVG', async ({ explorer, page }) => {
    const { traceId } = await sendFanIn(explorer.url, 1_000, 3);
    await page.goto(`/trace/${traceId}?view=${view}`);
    await page.locator('[data-mark]').first().waitFor();
    const { name, bytes } = await saved(page, 'SVG');
    expect(name).toBe(`${file}-process-batch-${traceId.slice(0, 8)}.svg`);
    const picture = await page.evaluate((text) => {
      const parsed = new DOMParser().parseFromString(text, 'image/svg+xml');
      const root = parsed.documentElement;
      return {
        root: `${root.namespaceURI} ${root.localName}`,
        broken: parsed.querySelector('parsererror')?.textContent,
        active: parsed.querySelectorAll('script, style, a, image, foreignObject, [href], [onclick]').length,
        title: parsed.querySelector('title')?.textContent,
        text: root.textContent,
        width: Number(root.getAttribute('width')),
        height: Number(root.getAttribute('height')),
      };
    }, bytes.toString('utf8'));
    expect(picture).toMatchObject({ root: 'http://www.w3.org/2000/svg svg', active: 0 });
    expect(picture.broken).toBeUndefined();
    expect(picture.title).toContain('process-batch');
    expect(picture.text).toContain('receive-order');
    expect(picture.width * picture.height).toBeGreaterThan(10_000);
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
    expect(size).toEqual({ width: Math.ceil(2 * of('width')), height: Math.ceil(2 * of('height')) });
    // A picture of one colour would only have a few hundred bytes.
    expect(bytes.length).toBeGreaterThan(5_000);
  });
});
