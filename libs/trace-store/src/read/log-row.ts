import type { Attribute, AttributeValue, LogRecord } from '@span-links/explorer-api';
import { attributesOfPlain, type PlainAttributes } from './plain-attributes.ts';

/** Of a record `l` with its resource `r` and its scope `c`. */
export const LOG_COLUMNS = `replace(l.trace_id::text, '-', '') AS trace_id, encode(l.span_id, 'hex') AS span_id, l.time_ns, l.observed_ns, l.severity,
  l.severity_text, l.event_name, l.body, l.attributes, l.dropped_attributes, l.flags, l.exact, r.service, c.name AS scope, l.batch, l.idx`;

/** A row with the columns of {@link LOG_COLUMNS}. */
export interface LogRow {
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

export function logRecord(row: LogRow): LogRecord {
  const { exact } = row;
  return {
    id: `${row.batch}-${row.idx}`,
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
