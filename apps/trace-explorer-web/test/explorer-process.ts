import { cloneDatabase } from '@span-links/embedded-postgres/testing';
import { AppUnderTest } from '@span-links/service-shell/testing';
import { inject } from 'vitest';

/** The built explorer with the built page as a process, on its own database. */
export interface ExplorerProcess {
  readonly url: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

export async function startExplorer(): Promise<ExplorerProcess> {
  return runExplorer(await newDatabaseUrl(), '0');
}

/** Starts an explorer in place of a stopped one: at its address, with its data. */
export async function startAgain({ url, databaseUrl }: ExplorerProcess): Promise<ExplorerProcess> {
  return runExplorer(databaseUrl, new URL(url).port);
}

/** @returns the URL of an empty database. */
export async function newDatabaseUrl(name?: string): Promise<string> {
  const empty = inject('emptyDatabase');
  return cloneDatabase(empty.serverUrl, empty.name, name);
}

/** @param port 0 takes a free one. @param env settings besides those of every test */
export async function runExplorer(
  databaseUrl: string,
  port: string,
  env: Readonly<Record<string, string>> = {},
): Promise<ExplorerProcess> {
  const app = new AppUnderTest({
    main: new URL('../../trace-explorer/dist/main.js', import.meta.url),
    env: {
      EXPLORER_PORT: port,
      EXPLORER_DATABASE_URL: databaseUrl,
      // Thousands of links on a machine that is busy with other suites.
      EXPLORER_QUERY_TIMEOUT_MS: '30000',
      LOG_LEVEL: 'warn',
      ...env,
    },
  });
  const url = await app.ready();
  return {
    url,
    databaseUrl,
    stop: async () => {
      await app.stop();
    },
  };
}
