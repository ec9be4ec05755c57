import { openTraceStore, TraceReader, type TraceStore } from '@span-links/trace-store';
import type { RequestHandler } from 'express';
import { accessToken } from './access/access-token.ts';
import { otlpCors } from './access/otlp-cors.ts';
import { isLoopback, ownNamesOnly } from './access/own-names.ts';
import { RetentionSettings } from './api/retention-settings.ts';
import type { ExplorerSettings } from './config.ts';
import { OtlpIntake } from './intake/otlp-intake.ts';
import { LiveFeed } from './live/live-feed.ts';
import { builtPage } from './page/built-page.ts';

export interface ExplorerLog {
  log(line: string): void;
  warn(line: string): void;
  error(line: string, error: unknown): void;
}

/** The parts of the explorer, wired. */
export interface Explorer {
  readonly store: TraceStore;
  readonly reader: TraceReader;
  readonly intake: OtlpIntake;
  readonly live: LiveFeed;
  readonly retention: RetentionSettings;
  /** For `firstHandlers`: what comes before Nest. */
  readonly handlers: readonly RequestHandler[];
  /** Ends streams and takes no further requests; those in hand go on. */
  stop(): void;
  /** Stores what was taken, closes the connections, and lets go of an embedded server. */
  close(): Promise<void>;
}

export interface ExplorerOptions {
  readonly settings: Omit<ExplorerSettings, 'port'>;
  readonly log: ExplorerLog;
  /** Of the built web page; it need not exist. */
  readonly pageFolder: string;
}

/** Opens the store, with an embedded Postgres where no other is given, and wires what stands around it. */
export async function openExplorer({ settings, log, pageFolder }: ExplorerOptions): Promise<Explorer> {
  const retention = new RetentionSettings(settings.retentionMs, settings.retentionBytes);
  const server = await serverOf(settings, log);
  try {
    const store = await openTraceStore({
      url: server.url,
      applicationName: 'trace-explorer',
      connectTimeoutMs: settings.databaseConnectTimeoutMs,
      readTimeoutMs: settings.queryTimeoutMs,
      retention,
      onProgress: (line) => log.log(line),
      onTrouble: (line) => log.warn(line),
    });
    const close = async () => {
      await store.close();
      await server.release();
    };
    return { ...wire(store, retention, { settings, log, pageFolder }), close };
  } catch (error) {
    await server.release();
    throw error;
  }
}

function wire(
  store: TraceStore,
  retention: RetentionSettings,
  { settings, log, pageFolder }: ExplorerOptions,
): Omit<Explorer, 'close'> {
  const reader = new TraceReader(store.readers);
  const live = new LiveFeed(reader);
  store.onStored((stored) => live.noteStored(stored));
  store.onEvicted((evicted) => live.noteEvicted(evicted));
  const intake = new OtlpIntake(store.writer, {
    maxBodyBytes: settings.maxBodyBytes,
    maxSpansPerRequest: settings.maxSpansPerRequest,
    onFailure: (error) => log.error('an OTLP request could not be stored', error),
  });
  const handlers = [
    ...nameGuard(settings),
    otlpCors(settings.corsOrigins),
    ...(settings.token === undefined ? [] : [accessToken(settings.token)]),
    intake.handler,
    builtPage(pageFolder),
  ];
  const stop = () => {
    intake.stop();
    live.end();
  };
  return { store, reader, intake, live, retention, handlers, stop };
}

/** Who listens for other machines is reached by names that are not known here, unless they are said. */
function nameGuard({ host, names, token }: ExplorerOptions['settings']): RequestHandler[] {
  const isGuarded = token === undefined && (names !== undefined || isLoopback(host));
  return isGuarded ? [ownNamesOnly(names ?? [])] : [];
}

/** The database as the settings say: the one that is given, or an embedded one to let go of. */
export async function serverOf(
  { databaseUrl, embeddedPostgresDir }: Pick<ExplorerSettings, 'databaseUrl' | 'embeddedPostgresDir'>,
  log: Pick<ExplorerLog, 'log'>,
) {
  if (databaseUrl !== undefined) return { url: databaseUrl, release: async () => undefined };
  // Loaded only here: an installation with a database of its own can leave the package out.
  const { defaultDataDir, holdDatabase } = await import('@span-links/embedded-postgres');
  return holdDatabase({
    dataDir: embeddedPostgresDir ?? defaultDataDir(),
    onProgress: (line) => log.log(line),
  });
}
