import type { SpanContext } from '@opentelemetry/api';

/** Makes the address where a viewer shows a span. */
export type TraceUrl = (span: Pick<SpanContext, 'traceId' | 'spanId'>) => string;

interface Viewer {
  /** The default address. */
  readonly base: string;
  readonly path: string;
}

// Grafana's Explore takes its state as JSON in the address. Tempo finds a trace by its id in any time range.
const GRAFANA_PANES = encodeURIComponent(
  JSON.stringify({
    trace: {
      datasource: 'tempo',
      queries: [
        {
          refId: 'A',
          datasource: { type: 'tempo', uid: 'tempo' },
          queryType: 'traceql',
          query: '{traceId}',
        },
      ],
      range: { from: 'now-24h', to: 'now' },
      panelsState: { trace: { spanId: '{spanId}' } },
    },
  }),
)
  .replace('%7BtraceId%7D', '{traceId}')
  .replace('%7BspanId%7D', '{spanId}');

const VIEWERS = {
  explorer: { base: 'http://127.0.0.1:4318', path: '/trace/{traceId}?spanId={spanId}' },
  signoz: { base: 'http://127.0.0.1:8080', path: '/trace/{traceId}?spanId={spanId}' },
  jaeger: { base: 'http://127.0.0.1:16686', path: '/trace/{traceId}?uiFind={spanId}' },
  grafana: { base: 'http://127.0.0.1:3000', path: `/explore?schemaVersion=1&panes=${GRAFANA_PANES}&orgId=1` },
} as const satisfies Record<string, Viewer>;

/** The valid templates, for the message about a wrong one. */
export const TRACE_URL_ALLOWED = `${Object.keys(VIEWERS).join(', ')}, or an http(s) URL with {traceId} in it`;

/** The viewer that comes with this project. */
export const DEFAULT_TRACE_URL = traceUrlOf('explorer')!;

/**
 * @param template the name of a viewer, or an address with the placeholders {traceId} and {spanId}.
 * @param base the address of the named viewer, if it is not the default.
 * @returns undefined for any other template.
 */
export function traceUrlOf(template: string, base?: string): TraceUrl | undefined {
  const address = isViewer(template)
    ? (base ?? VIEWERS[template].base).replace(/\/+$/, '') + VIEWERS[template].path
    : template;
  if (!/^https?:\/\//.test(address) || !URL.canParse(address) || !address.includes('{traceId}'))
    return undefined;
  return ({ traceId, spanId }) => address.replaceAll('{traceId}', traceId).replaceAll('{spanId}', spanId);
}

function isViewer(name: string): name is keyof typeof VIEWERS {
  return Object.hasOwn(VIEWERS, name);
}
