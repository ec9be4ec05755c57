import { existsSync } from 'node:fs';
import packed from '@sparticuz/chromium';
import { chromium, type BrowserServer } from 'playwright-core';

const WELL_KNOWN = [
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
];

/**
 * Starts the browser of the suite: the one in CHROME_PATH, otherwise one of the machine, otherwise
 * the one from npm.
 */
export async function startBrowser(): Promise<BrowserServer> {
  const ofMachine = process.env['CHROME_PATH'] ?? WELL_KNOWN.find((path) => existsSync(path));
  return chromium.launchServer({
    executablePath: ofMachine ?? (await packed.executablePath()),
    headless: true,
    // Not the arguments that the npm package proposes: with all of them, a failing page would crash
    // the browser.
    args: ['--disable-dev-shm-usage', '--force-color-profile=srgb', '--hide-scrollbars'],
  });
}
