import { urlOf } from './client.ts';

/** A query has at most 2,000 characters. */
const MOST_TRACES = 55;

/**
 * The address to download traces as JSON lines of OTLP, which this and other viewers import. It
 * includes at most 55 traces.
 */
export function exportLink(traceIds: readonly string[]): { readonly href: string; readonly count: number } {
  const some = traceIds.slice(0, MOST_TRACES);
  return { href: urlOf('/export', { q: `trace=${some.join()}` }), count: some.length };
}

/** The address of a trace or a journey as one HTML file, which opens without the explorer. */
export function htmlFileLink(what: { readonly trace: string } | { readonly journey: string }): string {
  return urlOf('/export/html', what);
}
