import { ownNames, type HostGuardOptions } from '@span-links/service-shell';
import { openTraceStore, TraceReader, type TraceStore } from '@span-links/trace-store';
import type { RequestHandler } from 'express';
import { accessToken } from './access/access-token.ts';
import { otlpCors } from './access/otlp-cors.ts';
import { RetentionSettings } from './api/retention-settings.ts';
import type { ExplorerCoreSettings, ExplorerSettings } from './config.ts';
import { ImportHandler } from './import/import-handler.ts';
import { TokenGuard } from './access/token-guard.ts';
import { OtlpGrpc } from './grpc/otlp-grpc.ts';
import { otlpHttp } from './intake/otlp-http.ts';
import { OtlpIntake } from './intake/otlp-intake.ts';
import { LiveFeed } from './live/live-feed.ts';
import { builtPage } from './page/built-page.ts';

export interface ExplorerLog {
  log(line: string): void;
  warn(line: string): void;
  error(line: string, error?: unknown): void;
}

/** The connected parts of the explorer. */
export interface Explorer {
  readonly store: TraceStore;
  readonly reader: TraceReader;
  readonly intake: OtlpIntake;
  /** Not listening yet. */
  readonly grpc: OtlpGrpc;
  readonly live: LiveFeed;
  readonly retention: RetentionSettings;
  /** For `firstHandlers`: the handlers before Nest. */
  readonly handlers: readonly RequestHandler[];
  /** Sets the HTTP address for the answers of other protocols. */
  noteAddress(url: string): void;
  /** Ends streams and accepts no further requests. Current requests continue. */
  stop(): void;
  /**
   * Stores everything that was accepted, closes the connections, and releases an embedded server.
   */
  close(): Promise<void>;
}

export interface ExplorerOptions {
  readonly settings: ExplorerCoreSettings;
  readonly log: ExplorerLog;
  /** The folder of the built web page. It may be missing. */
  readonly pageFolder: string;
  /** Called with a sentence if an embedded Postgres will not come back. */
  readonly onLost?: ((sentence: string) => void) | undefined;
  /**
   * The folder for the data of an embedded Postgres if the settings have none. Default: in the
   * workspace.
   */
  readonly dataDir?: string | undefined;
  /**
   * Keeps the data of an embedded Postgres in a temporary folder that is deleted when the explorer
   * closes.
   */
  readonly isThrowaway?: boolean | undefined;
}

/**
 * Opens the store, with an embedded Postgres if no other is given, and connects the parts around
 * it.
 */
export async function openExplorer(options: ExplorerOptions): Promise<Explorer> {
  const { settings, log } = options;
  const retention = new RetentionSettings(settings.retentionMs, settings.retentionBytes);
  const server = options.isThrowaway
    ? await throwawayServer(log)
    : await serverOf(settings, log, { onLost: options.onLost, dataDir: options.dataDir });
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
    return { ...wire(store, retention, options), close };
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
  const live = new LiveFeed(reader, { onRefused: (line) => log.warn(line) });
  const guard = tokenGuardOf(settings, log);
  store.onStored((stored) => live.noteStored(stored));
  store.onStoredLogs((stored) => live.noteLogs(stored));
  store.onEvicted((evicted) => live.noteEvicted(evicted));
  const intake = new OtlpIntake(store.writer, {
    maxBodyBytes: settings.maxBodyBytes,
    elementLimits: settings.elementLimits,
    onRejected: (line) => log.warn(line),
    onFailure: (error) => log.error('an OTLP request could not be stored', error),
  });
  const imports = new ImportHandler(store.writer, {
    maxElementBytes: settings.maxBodyBytes,
    elementLimits: settings.elementLimits,
    corsOrigins: settings.corsOrigins,
    onFailure: (error) => log.error('a file could not be imported', error),
  });
  let httpAddress = httpAddressOf(settings);
  const hostGuard = explorerHostGuard(settings);
  const grpc = new OtlpGrpc(intake, {
    ownNames: hostGuard && ownNames(hostGuard),
    mayEnter:
      guard && ((authorization, sender) => guard.bearer(authorization, sender, 'OTLP/gRPC') === 'right'),
    httpAddress: () => httpAddress,
  });
  const handlers = [
    otlpCors(settings.corsOrigins),
    ...(guard ? [accessToken(guard, settings)] : []),
    otlpHttp(intake),
    imports.handler,
    builtPage(pageFolder),
  ];
  const stop = () => {
    intake.stop();
    imports.stop();
    live.end();
  };
  const noteAddress = (url: string) => void (httpAddress = url);
  return { store, reader, intake, grpc, live, retention, handlers, noteAddress, stop };
}

/** A token keeps out a page with a DNS name that leads here, so any name is allowed then. */
export function explorerHostGuard({
  host,
  names,
  token,
}: Pick<ExplorerSettings, 'host' | 'names' | 'token'>): HostGuardOptions | undefined {
  return token === undefined ? { host, names, namesVariable: 'EXPLORER_NAMES' } : undefined;
}

const SHORT_TOKEN = 16;

function tokenGuardOf({ token }: ExplorerOptions['settings'], log: ExplorerLog): TokenGuard | undefined {
  if (token === undefined) return undefined;
  if (token.length < SHORT_TOKEN) {
    log.warn(
      `EXPLORER_TOKEN has ${token.length} characters, which can be guessed; take ${SHORT_TOKEN} or more at random`,
    );
  }
  return new TokenGuard(token, (line) => log.warn(line));
}

function httpAddressOf({ host, port }: ExplorerOptions['settings']): string {
  return `http://${host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host}:${port}`;
}

/** The database of the settings: the given one, or an embedded one that must be released. */
export async function serverOf(
  { databaseUrl, embeddedPostgresDir }: Pick<ExplorerSettings, 'databaseUrl' | 'embeddedPostgresDir'>,
  log: Pick<ExplorerLog, 'log' | 'error'>,
  { onLost = (sentence) => log.error(sentence), dataDir }: Pick<ExplorerOptions, 'onLost' | 'dataDir'> = {},
) {
  if (databaseUrl !== undefined) return { url: databaseUrl, release: async () => undefined };
  // Loaded only here, so that an installation with its own database can leave the package out.
  const { defaultDataDir, holdDatabase } = await import('@span-links/embedded-postgres');
  return holdDatabase({
    dataDir: embeddedPostgresDir ?? dataDir ?? defaultDataDir(),
    urlVariable: 'EXPLORER_DATABASE_URL',
    onProgress: (line) => log.log(line),
    onError: (sentence) => log.error(sentence),
    onLost: ({ message }) => onLost(message),
  });
}

/**
 * A server that belongs to this process. It and its data are deleted with the process, even if the
 * process is killed.
 */
async function throwawayServer(log: Pick<ExplorerLog, 'log'>) {
  const { startPostgresServer } = await import('@span-links/embedded-postgres/testing');
  log.log('Setting up a PostgreSQL database in a temporary folder.');
  const server = await startPostgresServer();
  try {
    return { url: await server.createDatabase('span_links'), release: () => server.destroy() };
  } catch (error) {
    await server.destroy();
    throw error;
  }
}
