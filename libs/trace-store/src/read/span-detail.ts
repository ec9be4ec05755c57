import type { Attribute, ResourceDetail, ScopeDetail, SpanDetail, SpanEvent } from '@span-links/explorer-api';
import { attributesOfPlain, type PlainAttributes } from './plain-attributes.ts';
import { spanSummary, type ExactSpan, type SpanRow } from './span-row.ts';

/** A span with everything that was sent for it, except its links. */
export interface SpanDetailRow extends SpanRow {
  readonly exact: ExactDetail | null;
  readonly status_message: string | null;
  readonly trace_state: string | null;
  readonly flags: number;
  readonly attributes: PlainAttributes | null;
  readonly dropped_attributes: number;
  readonly events: readonly PlainEvent[] | null;
  readonly dropped_events: number;
  readonly received_at: Date;
  readonly resource: DescriptionRow;
  readonly scope: DescriptionRow & { readonly name: string; readonly version: string };
}

interface ExactDetail extends ExactSpan {
  readonly statusMessage?: string;
  readonly traceState?: string;
  readonly attributes?: readonly Attribute[];
  readonly droppedAttributesCount?: number;
  readonly events?: readonly SpanEvent[];
  readonly droppedEventsCount?: number;
}

interface DescriptionRow {
  readonly attributes: PlainAttributes;
  readonly dropped_attributes: number;
  readonly schema_url: string;
  readonly exact: Partial<ScopeDetail> | null;
}

/** `t` is in ns after the span's start. */
export interface PlainEvent {
  readonly t: number;
  readonly n: string;
  readonly a?: PlainAttributes;
  readonly d?: number;
}

export function spanDetail(row: SpanDetailRow): SpanDetail {
  const { exact } = row;
  return {
    ...spanSummary(row),
    endTime: exact?.endTime ?? String(BigInt(row.start_ns) + BigInt(row.duration_ns)),
    ...(exact?.startTime !== undefined && { sentStartTime: exact.startTime }),
    ...(exact?.sentParentSpanId !== undefined && { sentParentSpanId: exact.sentParentSpanId || null }),
    statusMessage: exact?.statusMessage ?? row.status_message ?? '',
    traceState: exact?.traceState ?? row.trace_state ?? '',
    flags: row.flags >>> 0,
    attributes: exact?.attributes ?? attributesOfPlain(row.attributes),
    droppedAttributesCount: exact?.droppedAttributesCount ?? row.dropped_attributes,
    events: eventsOf(row),
    droppedEventsCount: exact?.droppedEventsCount ?? row.dropped_events,
    resource: resourceDetail(row.resource),
    scope: scopeDetail(row.scope),
    receivedAt: row.received_at.getTime(),
  };
}

/** Events as they were sent: the exact ones if they are stored, otherwise from plain JSON. */
export function eventsOf(row: Pick<SpanDetailRow, 'events' | 'exact' | 'start_ns'>): readonly SpanEvent[] {
  if (row.exact?.events) return row.exact.events;
  return (row.events ?? []).map(({ t, n, a, d }) => ({
    time: String(BigInt(row.start_ns) + BigInt(t)),
    name: n,
    attributes: attributesOfPlain(a ?? null),
    droppedAttributesCount: d ?? 0,
  }));
}

function resourceDetail({ exact, ...row }: DescriptionRow): ResourceDetail {
  return {
    attributes: exact?.attributes ?? attributesOfPlain(row.attributes),
    droppedAttributesCount: exact?.droppedAttributesCount ?? row.dropped_attributes,
    schemaUrl: exact?.schemaUrl ?? row.schema_url,
  };
}

function scopeDetail(row: SpanDetailRow['scope']): ScopeDetail {
  return {
    name: row.exact?.name ?? row.name,
    version: row.exact?.version ?? row.version,
    ...resourceDetail(row),
  };
}
