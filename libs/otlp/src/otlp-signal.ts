export type Signal = 'traces' | 'metrics' | 'logs';

const SIGNALS: ReadonlyMap<string, Signal> = new Map([
  ['/v1/traces', 'traces'],
  ['/v1/metrics', 'metrics'],
  ['/v1/logs', 'logs'],
]);

/** The paths of OTLP/HTTP. */
export const OTLP_PATHS: readonly string[] = [...SIGNALS.keys()];

/** The signal of a path; `undefined` if it is not a path of OTLP. */
export function otlpSignalOf(path: string): Signal | undefined {
  return SIGNALS.get(path);
}
