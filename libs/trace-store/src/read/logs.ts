import type { Attribute, AttributeValue, LogPage, LogRecord } from '@span-links/explorer-api';
import type pg from 'pg';
import {
  decodeCursor,
  encodeCursor,
  INT64_PART,
  SMALL_INTEGER_PART,
  type PageKeyFormat,
} from './page-cursor.ts';
import { attributesOfPlain, type PlainAttributes } from './plain-attributes.ts';
import { preparedStatement } from './prepared-statement.ts';

/** The log records to read. All given conditions must hold. */
export interface LogsOptions {
  readonly limit: number;
  readonly order: 'asc' | 'desc';
  readonly cursor?: string | undefined;
  readonly service?: string | undefined;
  /** The least severity number. */
  readonly severity?: number | undefined;
  readonly event?: string | undefined;
  /** A text in the body, in any case. */
  readonly text?: string | undefined;
  readonly traceId?: string | undefined;
  readonly spanId?: string | undefined;
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
}

interface LogRow {
  readonly trace_id: string | null;
  readonly span_id: string | null;
  readonly time_ns: string;
  readonly observed_ns: string | null;
  readonly severity: number;
  readonly severity_text: string | null;
  readonly event_name: string | null;
  readonly body: string | null;
  readonly attributes: PlainAttributes | null;
  readonly dropped_attributes: number;
  readonly flags: number;
  readonly exact: ExactLog | null;
  readonly service: string;
  readonly scope: string;
  readonly batch: string;
  readonly idx: number;
}

interface ExactLog {
  readonly severityText?: string;
  readonly eventName?: string;
  readonly bodyText?: string;
  readonly body?: AttributeValue;
  readonly attributes?: readonly Attribute[];
  readonly droppedAttributesCount?: number;
}

const SPAN_LOGS = preparedStatement('span-logs');
const MAX_SPAN_LOGS = 1_000;
const LISTS = {
  asc: { list: 'la', parts: [INT64_PART, INT64_PART, SMALL_INTEGER_PART] },
  desc: { list: 'ld', parts: [INT64_PART, INT64_PART, SMALL_INTEGER_PART] },
} as const satisfies Record<LogsOptions['order'], PageKeyFormat>;

/** @throws {InvalidCursorError} */
export async function logPage(pool: pg.Pool, options: LogsOptions): Promise<LogPage> {
  const { limit, order } = options;
  const values: unknown[] = [];
  const conditions: string[] = [];
  const where = (value: unknown, condition: (parameter: string) => string) => {
    if (value === undefined) return;
    values.push(value);
    conditions.push(condition(`$${values.length}`));
  };
  where(options.service, (p) => `l.resource IN (SELECT id FROM resources WHERE service = ${p})`);
  where(options.severity, (p) => `l.severity >= ${p}::smallint`);
  where(options.event, (p) => `l.event_name = ${p}`);
  where(options.text, (p) => `strpos(lower(l.body), lower(${p})) > 0`);
  where(options.traceId, (p) => `l.trace_id = ${p}::uuid`);
  where(options.spanId && Buffer.from(options.spanId, 'hex'), (p) => `l.span_id = ${p}::bytea`);
  where(options.fromNs && String(options.fromNs), (p) => `l.time_ns >= ${p}::bigint`);
  where(options.toNs && String(options.toNs), (p) => `l.time_ns <= ${p}::bigint`);
  if (options.cursor !== undefined) {
    const at = decodeCursor(LISTS[order], options.cursor).map((part) => `$${values.push(part)}::bigint`);
    conditions.push(`(l.time_ns, l.batch, l.idx) ${order === 'asc' ? '>' : '<'} (${at.join(', ')})`);
  }
  const direction = order === 'asc' ? 'ASC' : 'DESC';
  const { rows } = await pool.query<LogRow>(
    `SELECT replace(l.trace_id::text, '-', '') AS trace_id, encode(l.span_id, 'hex') AS span_id, l.time_ns, l.observed_ns, l.severity,
      l.severity_text, l.event_name, l.body, l.attributes, l.dropped_attributes, l.flags, l.exact, r.service, c.name AS scope,
      l.batch, l.idx
    FROM logs l
    JOIN resources r ON r.id = l.resource
    JOIN scopes c ON c.id = l.scope
    ${conditions.length > 0 ? `WHERE ${conditions.join(' AND ')}` : ''}
    ORDER BY l.time_ns ${direction}, l.batch ${direction}, l.idx ${direction}
    LIMIT $${values.push(limit + 1)}`,
    values,
  );
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  return {
    logs: shown.map(logRecord),
    nextCursor:
      last && rows.length > limit
        ? encodeCursor(LISTS[order], [last.time_ns, last.batch, String(last.idx)])
        : null,
  };
}

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

function logRecord(row: LogRow): LogRecord {
  const { exact } = row;
  return {
    time: row.time_ns,
    observedTime: row.observed_ns,
    severity: row.severity,
    severityText: exact?.severityText ?? row.severity_text ?? '',
    eventName: exact?.eventName ?? row.event_name ?? '',
    body: bodyOf(row),
    attributes: exact?.attributes ?? attributesOfPlain(row.attributes),
    droppedAttributesCount: exact?.droppedAttributesCount ?? row.dropped_attributes,
    flags: row.flags >>> 0,
    traceId: row.trace_id,
    spanId: row.span_id,
    service: row.service,
    scope: row.scope,
  };
}

function bodyOf({ body, exact }: LogRow): AttributeValue | null {
  if (exact?.body) return exact.body;
  if (body === null) return null;
  return { type: 'string', value: exact?.bodyText ?? body };
}
