import { AppProcess } from './app-process.ts';
import type { config } from './config.ts';

/** The trace explorer, where it runs. */
export interface RunningExplorer {
  readonly app: AppProcess;
  readonly url: string;
  /** What makes the apps send their traces to it, and lead to it. */
  readonly appEnv: NodeJS.ProcessEnv;
}

/**
 * Starts the trace explorer, unless traces go elsewhere. It comes before the apps, so that their first spans find it.
 *
 * @throws where it does not start; it has told why by then.
 */
export async function explorerFor(
  { traceBackend, explorerPort, inherited }: ReturnType<typeof config>,
  databaseUrl: string,
): Promise<RunningExplorer | undefined> {
  if (traceBackend.kind !== 'explorer') return undefined;
  const app = new AppProcess({
    name: 'trace-explorer',
    isTraceBackend: true,
    env: { EXPLORER_DATABASE_URL: databaseUrl, ...inherited, EXPLORER_PORT: String(explorerPort) },
  });
  const url = await app.ready();
  const token = inherited['EXPLORER_TOKEN'];
  return {
    app,
    url,
    appEnv: {
      TRACE_URL_BASE: url,
      OTEL_EXPORTER_OTLP_ENDPOINT: url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf',
      ...(token ? { OTEL_EXPORTER_OTLP_HEADERS: `authorization=Bearer%20${encodeURIComponent(token)}` } : {}),
    },
  };
}
