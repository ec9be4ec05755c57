import { startPostgresServer } from '@span-links/embedded-postgres/testing';
import type { TestProject } from 'vitest/node';
import { startBrowser } from './browser-server.ts';

declare module 'vitest' {
  interface ProvidedContext {
    emptyDatabase: { readonly serverUrl: string; readonly name: string };
    browserEndpoint: string;
  }
}

const EMPTY = 'page_template';

/** One Postgres and one browser for the suite. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const [postgres, browser] = await Promise.all([startPostgresServer(), startBrowser()]);
  await postgres.createDatabase(EMPTY);
  project.provide('emptyDatabase', { serverUrl: postgres.url(), name: EMPTY });
  project.provide('browserEndpoint', browser.wsEndpoint());
  return async () => {
    await browser.close();
    await postgres.destroy();
  };
}
