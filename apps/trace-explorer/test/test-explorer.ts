import { DEFAULT_ELEMENT_LIMITS } from '@span-links/otlp';
import { createHttpApp, ServiceLogger } from '@span-links/service-shell';
import { newTestDatabaseUrl } from '@span-links/trace-store/testing';
import { completeDocument } from '../src/api/api-document.ts';
import { storeProblem } from '../src/api/store-problems.ts';
import type { ExplorerCoreSettings, ExplorerSettings } from '../src/config.ts';
import { explorerHostGuard, openExplorer, type Explorer } from '../src/explorer.ts';
import { ExplorerModule } from '../src/explorer.module.ts';
import { listenGrpc } from '../src/grpc/listen-grpc.ts';

/** The explorer's app in this process, on a real database. */
export interface TestExplorer {
  readonly url: string;
  readonly grpcUrl: string;
  readonly databaseUrl: string;
  readonly explorer: Explorer;
  readonly logged: readonly string[];
  close(): Promise<void>;
}

export async function openTestExplorer(
  settings: Partial<ExplorerSettings> = {},
  pageFolder = '/nowhere',
): Promise<TestExplorer> {
  const databaseUrl = settings.databaseUrl ?? (await newTestDatabaseUrl());
  const logged: string[] = [];
  const log = new ServiceLogger({ name: 'test', write: (line) => logged.push(line) });
  const allSettings = {
    host: '127.0.0.1',
    names: undefined,
    databaseUrl,
    embeddedPostgresDir: undefined,
    databaseConnectTimeoutMs: 10_000,
    port: 0,
    token: undefined,
    trustProxy: false,
    corsOrigins: [],
    retentionMs: 7 * 86_400_000,
    retentionBytes: 2 ** 31,
    maxBodyBytes: 16 * 1024 * 1024,
    elementLimits: DEFAULT_ELEMENT_LIMITS,
    queryTimeoutMs: 5_000,
    logLevel: 'info',
    logFormat: 'human',
    stopDeadlineMs: 8_000,
    ...settings,
  } satisfies ExplorerCoreSettings;
  const explorer = await openExplorer({ settings: allSettings, log, pageFolder });
  const app = await createHttpApp({
    module: ExplorerModule.over(explorer),
    hostGuard: explorerHostGuard(allSettings),
    firstHandlers: explorer.handlers,
    openApi: {
      title: 'trace-explorer',
      description: '',
      amend: (document) => completeDocument(document, { needsToken: settings.token !== undefined }),
    },
    log,
    mapError: storeProblem,
  });
  await app.listen(0, '127.0.0.1');
  const grpcUrl = await listenGrpc(
    explorer,
    app.getHttpServer(),
    { host: '127.0.0.1', grpcPort: 0, isGrpcPortGiven: true },
    log,
  );
  const close = async () => {
    explorer.stop();
    await explorer.grpc.close();
    app.getHttpServer().closeAllConnections();
    await app.close();
    await explorer.close();
  };
  return { url: await app.getUrl(), grpcUrl: grpcUrl ?? '', databaseUrl, explorer, logged, close };
}
