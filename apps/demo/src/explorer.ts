import { AppProcess } from './app-process.ts';
import type { config } from './config.ts';

/** A running trace explorer. */
export interface RunningExplorer {
  readonly app: AppProcess;
  readonly url: string;
  /** Settings that make the apps send their traces to it, and link to its page. */
  readonly appEnv: NodeJS.ProcessEnv;
}

/**
 * Starts the trace explorer, unless traces go elsewhere. It starts before the apps, so that it receives their first spans.
 *
 * @throws if it does not start. It has logged the reason by then.
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
