import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text as textOf } from 'node:stream/consumers';
import { pathToFileURL } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { describe, expect } from 'vitest';
import { violationsOf } from './axe.ts';
import { send, spanIdOf, traceIdOf } from './otlp.ts';
import { eventually, it } from './reader.ts';

const at = (n: number) => ({ traceId: traceIdOf(n), spanId: spanIdOf(n) });

describe('a trace', () => {
  it('is downloaded as JSON lines of OTLP, and a dropped file is imported', async ({
    explorer,
    page,
    reader,
  }) => {
    // The answer to an unreadable file.
    reader.troubles.allowStatus(400);
    await send(explorer.url, [{ ...at(1), name: 'to be shared', attributes: { 'order.id': 'o-1' } }]);
    await page.goto(`/trace/${traceIdOf(1)}`);
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Download OTLP' }).click(),
    ]);
    expect(download.suggestedFilename()).toBe(`trace-${traceIdOf(1)}.jsonl`);
    const lines = await textOf(await download.createReadStream());
    const other = lines.replaceAll(traceIdOf(1), traceIdOf(2)).replace('to be shared', 'came by file');
    expect(JSON.parse(other.split('\n')[0]!)).toHaveProperty('resourceSpans');
    await page.goto('/traces');
    const transfer = await page.evaluateHandle((text) => {
      const data = new DataTransfer();
      data.items.add(new File([text], 'shared.jsonl'));
      return data;
    }, other);
    await page.dispatchEvent('main', 'dragover', { dataTransfer: transfer });
    await page.getByText('Drop the file to import its traces').waitFor();
    await page.dispatchEvent('main', 'drop', { dataTransfer: transfer });
    await page.getByText('shared.jsonl: 1 span imported.').waitFor();
    await page.getByRole('link', { name: 'came by file' }).waitFor();
    const broken = await page.evaluateHandle(() => {
      const data = new DataTransfer();
      data.items.add(new File(['no json at all'], 'notes.txt'));
      return data;
    });
    await page.dispatchEvent('main', 'drop', { dataTransfer: broken });
    await page.getByText(/notes\.txt/).waitFor();
  });

  it('also has the address that people type', async ({ explorer, page }) => {
    await send(explorer.url, [{ ...at(3), name: 'by hand' }]);
    await page.goto(`/traces/${traceIdOf(3)}?spanId=${spanIdOf(3)}`);
    await page.waitForURL(`**/trace/${traceIdOf(3)}?spanId=${spanIdOf(3)}`);
    await page.getByRole('heading', { level: 1, name: /by hand/ }).waitFor();
  });

  it('has the focus after it was opened from a list', async ({ explorer, page }) => {
    await send(explorer.url, [{ ...at(4), name: 'focus me', attributes: { 'order.id': 'o-4' } }]);
    await page.goto('/traces?q=order.id%3Do-4');
    await page.getByRole('link', { name: 'focus me' }).click();
    await page.waitForURL('**/trace/**');
    await eventually(() => page.evaluate(() => document.activeElement?.tagName)).not.toBe('BODY');
  });
});

describe('a search', () => {
  it('for messages that nobody took is one click', async ({ explorer, page }) => {
    await send(explorer.url, [
      { ...at(10), name: 'send taken', kind: 4 },
      { ...at(11), name: 'send forgotten', kind: 4 },
      { ...at(12), name: 'take', kind: 5, startMs: 10, links: [at(10)] },
    ]);
    await page.goto('/traces');
    await page.getByRole('link', { name: 'send taken' }).waitFor();
    await page.getByRole('button', { name: 'Never picked up' }).click();
    await page.waitForURL((url) => url.searchParams.get('q') === 'kind=producer backlinks=0');
    await page.getByRole('link', { name: 'send forgotten' }).waitFor();
    await eventually(() => page.getByRole('link', { name: 'send taken' }).count()).toBe(0);
  });

  it('keeps the typed text when Escape is pressed', async ({ page }) => {
    await page.goto('/traces');
    const box = page.getByRole('combobox', { name: 'Search traces' });
    await box.fill('service=orders');
    for (let press = 0; press < 3; press++) await page.keyboard.press('Escape');
    expect(await box.inputValue()).toBe('service=orders');
  });
});

describe('one HTML file', () => {
  const HOSTILE =
    '</script></style></title><img src=x onerror="window.broken=1"><script>window.broken=1</script>';

  it('shows a trace from disk without a network, with attributes, events and links as text', async ({
    browser,
    explorer,
    page,
  }) => {
    await send(explorer.url, [
      { ...at(30), name: HOSTILE, durationMs: 100, attributes: { note: HOSTILE, [HOSTILE]: 1 } },
      {
        traceId: traceIdOf(30),
        spanId: spanIdOf(31),
        parentSpanId: spanIdOf(30),
        name: 'pack the order',
        startMs: 20,
        error: 'no box is left',
        attributes: { 'order.id': 'o-30' },
        events: [{ name: 'box searched', attributes: { shelf: 'A7' } }],
        links: [{ ...at(30), attributes: { why: HOSTILE } }, at(32)],
      },
    ]);
    await page.goto(`/trace/${traceIdOf(30)}`);
    const file = await savedFile(page);
    expect(file.name).toBe(`trace-${traceIdOf(30)}.html`);
    await openedFromDisk(browser, file.text, async (opened) => {
      expect(await opened.locator('h1').innerText()).toBe(`${HOSTILE} · orders-api`);
      expect(await opened.locator('img, script').count()).toBe(0);
      expect(await opened.evaluate(() => 'broken' in window)).toBe(false);
      const packed = opened.locator('details', { hasText: 'pack the order' });
      expect(await packed.locator('.bar').evaluate((bar) => bar.getAttribute('style'))).toMatch(
        /left:20\.000%/,
      );
      await packed.locator('summary').click();
      for (const text of [
        'order.id',
        'o-30',
        'error: no box is left',
        'box searched',
        'A7',
        HOSTILE,
        'not in this file',
      ]) {
        await packed.getByText(text).first().waitFor({ state: 'visible' });
      }
      await packed.getByRole('link', { name: spanIdOf(30) }).click();
      await opened
        .locator(`[id="${traceIdOf(30)}-${spanIdOf(30)}"]`)
        .getByText('note')
        .waitFor({ state: 'visible' });
    });
  });

  it('shows a journey with its waits and every trace of it', async ({ browser, explorer, page }) => {
    await send(explorer.url, [
      { ...at(40), name: 'receive order', attributes: { 'order.id': 'o-40' } },
      { ...at(41), name: 'ship order', service: 'shipping', startMs: 500, links: [at(40)] },
    ]);
    await eventually(
      async () => (await fetch(`${explorer.url}/api/v1/journeys/${traceIdOf(40)}`)).status,
    ).toBe(200);
    await page.goto(`/journey/${traceIdOf(40)}`);
    const file = await savedFile(page);
    expect(file.name).toBe(`journey-${traceIdOf(40)}.html`);
    await openedFromDisk(browser, file.text, async (opened) => {
      await opened.getByRole('heading', { level: 1, name: 'order.id o-40' }).waitFor();
      const shipped = opened.getByRole('row', { name: /ship order/ });
      expect(await shipped.locator('.bar.wait').count()).toBe(1);
      await shipped.getByText('495 ms').waitFor();
      expect(await opened.locator('details').count()).toBe(2);
      await shipped.getByRole('link', { name: 'ship order' }).click();
      await opened.locator(`[id="${traceIdOf(41)}-${spanIdOf(41)}"]`).waitFor({ state: 'visible' });
    });
  });
});

async function savedFile(page: Page): Promise<{ readonly name: string; readonly text: string }> {
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: 'Download HTML' }).click(),
  ]);
  return { name: download.suggestedFilename(), text: await textOf(await download.createReadStream()) };
}

/** Opens a file in an offline browser that reports every other request. */
async function openedFromDisk(browser: Browser, text: string, work: (page: Page) => Promise<void>) {
  const folder = await mkdtemp(join(tmpdir(), 'html-file-'));
  const context = await browser.newContext({ offline: true, viewport: { width: 1024, height: 800 } });
  try {
    const path = join(folder, 'saved.html');
    await writeFile(path, text);
    const page = await context.newPage();
    const asked: string[] = [];
    page.on('request', (request) => asked.push(request.url()));
    const { href } = pathToFileURL(path);
    await page.goto(href);
    expect(await violationsOf(page)).toEqual([]);
    await work(page);
    expect(asked).toEqual([href]);
  } finally {
    await context.close();
    await rm(folder, { recursive: true });
  }
}
