import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';
import { expect, inject, test } from 'vitest';
import { startExplorer, type ExplorerProcess } from './explorer-process.ts';

const DEADLINE_MS = 30_000;

/** Forbidden behaviour of a page: console errors, exceptions, or requests to other servers. */
export interface Troubles {
  readonly seen: readonly string[];
  /**
   * The browser logs each answer of this status as an error. A test that provokes it must allow it.
   */
  allowStatus(status: number): void;
  /** For a test that stops the server. */
  allowLostServer(): void;
}

export interface Reader {
  readonly page: Page;
  readonly troubles: Troubles;
}

interface Fixtures {
  $file: { browser: Browser; explorer: ExplorerProcess };
  $test: { reader: Reader; page: Page; contextOptions: BrowserContextOptions };
}

/** `it` with an explorer per file, and with a fresh page per test that must cause no trouble. */
export const it = test.extend<Fixtures>({
  browser: [
    async ({}, use) => {
      const browser = await chromium.connect(inject('browserEndpoint'));
      await use(browser);
      await browser.close();
    },
    { scope: 'file' },
  ],
  explorer: [
    async ({}, use) => {
      const explorer = await startExplorer();
      await use(explorer);
      await explorer.stop();
    },
    { scope: 'file' },
  ],
  contextOptions: {},
  reader: async ({ browser, explorer, contextOptions }, use) => {
    const reader = await openReader(browser, explorer.url, contextOptions);
    await use(reader);
    await reader.page.context().close();
    expect(reader.troubles.seen).toEqual([]);
  },
  page: async ({ reader }, use) => use(reader.page),
});

/** Opens a browser window without any stored data. */
export async function openReader(
  browser: Browser,
  url: string,
  options: BrowserContextOptions = {},
): Promise<Reader> {
  const context = await browser.newContext({
    baseURL: url,
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Vienna',
    reducedMotion: 'reduce',
    acceptDownloads: true,
    ...options,
  });
  context.setDefaultTimeout(DEADLINE_MS);
  const page = await context.newPage();
  return { page, troubles: watch(page, url) };
}

function watch(page: Page, url: string): Troubles {
  const seen: string[] = [];
  const statuses = new Set<number>();
  let mayLoseServer = false;
  page.on('pageerror', (error) => seen.push(`threw: ${error.message}`));
  page.on('dialog', (dialog) => {
    seen.push(`opened a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (message.type() !== 'error' && message.type() !== 'warning') return;
    const status = /status of (\d+)/.exec(message.text())?.[1];
    if (status !== undefined && statuses.has(Number(status))) return;
    if (mayLoseServer && message.text().includes('net::ERR_')) return;
    seen.push(`${message.type()}: ${message.text()}`);
  });
  page.on('request', (request) => {
    const { protocol, origin } = new URL(request.url());
    // These two stay within the page.
    if (protocol === 'data:' || protocol === 'blob:') return;
    if (origin !== new URL(url).origin) seen.push(`asked ${request.url()}`);
  });
  return {
    seen,
    allowStatus: (status) => void statuses.add(status),
    allowLostServer: () => {
      mayLoseServer = true;
    },
  };
}

/** Waits for a fact long enough for a loaded machine. */
export function eventually<T>(fact: () => T | Promise<T>) {
  return expect.poll(fact, { timeout: DEADLINE_MS, interval: 100 });
}
