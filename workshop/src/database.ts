import { defaultDataDir, holdDatabase } from '@span-links/embedded-postgres';
import type { WorkshopConfig } from './config.ts';

/** A database of the workshop's own, beside that of the platform. */
export interface Database {
  readonly url: string;
  release(): Promise<void>;
}

export async function openDatabase(
  { databaseUrl, embeddedPostgresDir }: WorkshopConfig,
  say: (line: string) => void,
): Promise<Database> {
  if (databaseUrl !== undefined) return { url: databaseUrl, release: async () => undefined };
  return holdDatabase({
    dataDir: embeddedPostgresDir ?? defaultDataDir(),
    database: 'workshop',
    onProgress: say,
    onError: say,
    onLost: ({ message }) => say(message),
  });
}
