import 'reflect-metadata';
import { runService } from '@span-links/service-shell';
import { completeDocument } from './api/api-document.ts';
import { storeProblem } from './api/store-problems.ts';
import { config, configHelp, type ExplorerSettings, type ExplorerVariables } from './config.ts';
import { explorerHostGuard, openExplorer, type Explorer, type ExplorerLog } from './explorer.ts';
import { ExplorerModule } from './explorer.module.ts';
import { listenGrpc } from './grpc/listen-grpc.ts';
import { pageFolder } from './page/page-folder.ts';
import { version } from './version.ts';

// Longer than the minute for which exporters and proxies keep an idle connection. The client should
// close it first. Otherwise an export meets a connection that is being closed.
const KEEP_ALIVE_MS = 65_000;

export interface ServeOptions {
  /** The options of a command line; they override the environment. */
  readonly variables?: ExplorerVariables;
  /**
   * The folder for the data of an embedded Postgres if no variable sets it. Default: in the
   * workspace.
   */
  readonly dataDir?: string;
  /** Keeps the data in a temporary folder that is deleted when the explorer stops. */
  readonly isThrowaway?: boolean;
  /** Uses free ports instead of the default ones if those are taken and no variable sets them. */
  readonly takesFreePorts?: boolean;
  readonly afterListen?: (addresses: ExplorerAddresses, settings: ExplorerSettings) => void;
}

/** The addresses of an explorer. */
export interface ExplorerAddresses {
  readonly http: string;
  /** Missing if its port is taken. */
  readonly grpc: string | undefined;
}

/** Runs the explorer as this process, until a signal stops it. */
export async function serveExplorer(options: ServeOptions = {}): Promise<void> {
  const { takesFreePorts = false, dataDir, isThrowaway } = options;
  let explorer: Explorer | undefined;
  let log: ExplorerLog | undefined;
  let grpc: string | undefined;

  await runService({
    name: 'trace-explorer',
    version,
    config: () => config(options.variables),
    configHelp,
    portVariable: 'EXPLORER_PORT',
    hostVariable: 'EXPLORER_HOST',
    openApi: {
      title: 'trace-explorer',
      description: 'Takes OTLP, and answers what links to what. [Back to the traces](/).',
      amend: (document) =>
        completeDocument(document, { needsToken: config(options.variables).token !== undefined }),
    },
    createModule: async (settings, logger, fail) => {
      log = logger;
      const database = { dataDir, isThrowaway };
      explorer = await openExplorer({
        settings,
        log: logger,
        pageFolder: pageFolder(),
        onLost: fail,
        ...database,
      });
      return ExplorerModule.over(explorer);
    },
    hostGuard: explorerHostGuard,
    firstHandlers: () => explorer?.handlers ?? [],
    mapError: storeProblem,
    beforeListen: async (app, settings) => {
      app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
      const grpcSettings = { ...settings, takesFreePort: takesFreePorts };
      grpc = explorer && (await listenGrpc(explorer, app.getHttpServer(), grpcSettings, log));
    },
    takesFreePort: ({ isPortGiven }) => takesFreePorts && !isPortGiven,
    listeningAt: (url) =>
      `OTLP/HTTP goes to ${url}/v1/traces, ${grpc ? `OTLP/gRPC to ${grpc}, ` : ''}the page is at ${url}, the API at ${url}/docs`,
    afterListen: (http, settings) => {
      explorer?.noteAddress(http);
      options.afterListen?.({ http, grpc }, settings);
    },
    onStopping: [
      { name: 'event streams', run: () => explorer?.stop() },
      { name: 'calls of OTLP/gRPC', run: () => explorer?.grpc.close() },
    ],
    onStopped: [{ name: 'the trace store', run: () => explorer?.close() }],
  });
}
