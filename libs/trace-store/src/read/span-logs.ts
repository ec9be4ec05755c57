import type { LogRecord } from '@span-links/explorer-api';
import type pg from 'pg';
import { logRecord, type LogRow } from './log-row.ts';
import { preparedStatement } from './prepared-statement.ts';

const SPAN_LOGS = preparedStatement('span-logs');
const MAX_SPAN_LOGS = 1_000;

/** A span, or any object with its ids. */
interface SpanIds {
  readonly traceId: string;
  readonly spanId: string;
}

/** Adds log records to the spans that have some, in time order. */
export async function withLogs<Span extends SpanIds>(
  pool: pg.Pool,
  spans: readonly Span[],
): Promise<(Span & { readonly logs?: readonly LogRecord[] })[]> {
  const { rows } = await pool.query<LogRow>({
    ...SPAN_LOGS,
    values: [
      spans.map(({ traceId }) => traceId),
      spans.map(({ spanId }) => Buffer.from(spanId, 'hex')),
      MAX_SPAN_LOGS,
    ],
  });
  const bySpan = new Map<string, LogRecord[]>();
  for (const row of rows) {
    const key = `${row.trace_id}${row.span_id}`;
    const ofSpan = bySpan.get(key);
    if (ofSpan) ofSpan.push(logRecord(row));
    else bySpan.set(key, [logRecord(row)]);
  }
  return spans.map((span) => {
    const logs = bySpan.get(span.traceId + span.spanId);
    return logs ? { ...span, logs } : span;
  });
}
