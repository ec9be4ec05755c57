import type { Query } from '@span-links/explorer-api';
import type { TraceReader } from '@span-links/trace-store';
import { otlpTraces } from '../otlp-json/otlp-traces.ts';

export interface ExportOptions {
  readonly query: Query;
  /** The traces start between these unix times in ns, both included. */
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
  /** Maximum number of traces. */
  readonly limit?: number | undefined;
}

const TRACES_AT_ONCE = 50;
/** Spans on a line. A trace with more spans takes several lines. */
const SPANS_PER_LINE = 2_000;

/**
 * The complete traces of a query as lines of OTLP/JSON: newest first, the spans of a trace in time
 * order. Memory holds one line for any number of traces. Traces that come in during the export may
 * be missing.
 */
export async function* exportLines(
  reader: TraceReader,
  { query, limit = Number.MAX_SAFE_INTEGER, ...range }: ExportOptions,
): AsyncGenerator<string> {
  let left = limit;
  let cursor: string | null = null;
  do {
    const page = await reader.searchTraces(query, {
      ...range,
      cursor,
      limit: Math.min(TRACES_AT_ONCE, left),
    });
    for (const { traceId } of page.traces) {
      for await (const spans of reader.spansOf(traceId, SPANS_PER_LINE)) {
        yield `${JSON.stringify(otlpTraces(spans))}\n`;
      }
    }
    left -= page.traces.length;
    cursor = page.nextCursor;
  } while (cursor !== null && left > 0);
}
