import 'reflect-metadata';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { runService } from '@span-links/service-shell';
import { completeDocument } from './api/api-document.ts';
import { storeProblem } from './api/store-problems.ts';
import { config, configHelp } from './config.ts';
import { openExplorer, type Explorer } from './explorer.ts';
import { ExplorerModule } from './explorer.module.ts';

const { version } = createRequire(import.meta.url)('../package.json') as { version: string };
// Longer than the minute for which exporters and proxies keep an idle connection: whoever closes first should be the client, or an
// export meets a connection that is just being closed.
const KEEP_ALIVE_MS = 65_000;
let explorer: Explorer | undefined;

await runService({
  name: 'trace-explorer',
  version,
  config,
  configHelp,
  portVariable: 'EXPLORER_PORT',
  hostVariable: 'EXPLORER_HOST',
  openApi: {
    title: 'trace-explorer',
    description: 'Takes OTLP, and answers what links to what.',
    amend: (document) => completeDocument(document, { needsToken: config().token !== undefined }),
  },
  createModule: async (settings, log) => {
    const pageFolder = fileURLToPath(new URL('../../trace-explorer-web/dist', import.meta.url));
    explorer = await openExplorer({ settings, log, pageFolder });
    return ExplorerModule.over(explorer);
  },
  firstHandlers: () => explorer?.handlers ?? [],
  mapError: storeProblem,
  beforeListen: (app) => {
    app.getHttpServer().keepAliveTimeout = KEEP_ALIVE_MS;
  },
  listeningAt: (url) => `OTLP/HTTP goes to ${url}/v1/traces, the page is at ${url}, the API at ${url}/docs`,
  onStopping: [{ name: 'event streams', run: () => explorer?.stop() }],
  onStopped: [{ name: 'the trace store', run: () => explorer?.close() }],
});
