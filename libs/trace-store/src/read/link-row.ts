import type { Attribute, LinkEnd, ResolvedLink, UnresolvedReason } from '@span-links/explorer-api';
import { attributesOfPlain, type PlainAttributes } from './plain-attributes.ts';
import { eventsOf, type SpanDetailRow } from './span-detail.ts';
import { spanSummary } from './span-row.ts';

/** The part of a link that stands on its own row. */
export interface OwnLinkRow {
  readonly src: string;
  readonly idx: number;
  readonly flags: number;
  readonly dropped_attributes: number;
  readonly trace_state: string | null;
  readonly attributes: PlainAttributes | null;
  readonly exact: ExactLink | null;
  /** Of the target, or of the bearer where links to a span are asked for; null where the target is invalid. */
  readonly end_trace_id: string | null;
  readonly end_span_id: string | null;
}

interface ExactLink {
  readonly attributes?: readonly Attribute[];
  readonly traceState?: string;
  readonly droppedAttributesCount?: number;
  /** Of an invalid target, as sent. */
  readonly traceId?: string;
  readonly spanId?: string;
}

/** A row of `links.sql`. */
export interface LinkRow extends OwnLinkRow {
  readonly is_self: boolean | null;
  readonly is_duplicate: boolean;
  readonly reason: UnresolvedReason | null;
  readonly gap_ns: string | null;
  readonly other_id: string | null;
  readonly other_parent_span_id: string | null;
  readonly other_service: string;
  readonly other_name: string;
  readonly other_kind: number;
  readonly other_status: number;
  readonly other_start_ns: string;
  readonly other_duration_ns: string;
  readonly other_link_count: number;
  readonly other_dropped_links: number;
  readonly other_backlink_count: string;
  readonly other_exact: SpanDetailRow['exact'];
  readonly other_attributes: SpanDetailRow['attributes'];
  readonly other_events: SpanDetailRow['events'];
}

/** What a link says itself. */
export type OwnLink = Pick<
  ResolvedLink,
  'index' | 'traceId' | 'spanId' | 'traceState' | 'flags' | 'attributes' | 'droppedAttributesCount'
>;

/** What the link itself says, and the ids of its end as they were sent. */
export function ownLink(row: OwnLinkRow): OwnLink {
  const { exact } = row;
  return {
    index: row.idx,
    traceId: exact?.traceId ?? row.end_trace_id ?? '',
    spanId: exact?.spanId ?? row.end_span_id ?? '',
    traceState: exact?.traceState ?? row.trace_state ?? '',
    flags: row.flags >>> 0,
    attributes: exact?.attributes ?? attributesOfPlain(row.attributes),
    droppedAttributesCount: exact?.droppedAttributesCount ?? row.dropped_attributes,
  };
}

export function resolvedLink(row: LinkRow, withDetails: boolean): ResolvedLink {
  const isResolved = row.other_id !== null;
  return {
    ...ownLink(row),
    isSelf: row.is_self === true,
    isDuplicate: row.is_duplicate,
    gapNs: row.gap_ns === null ? null : Number(row.gap_ns),
    other: isResolved
      ? { resolved: true, ...linkEnd(row, withDetails) }
      : { resolved: false, reason: row.reason ?? 'not_received' },
  };
}

function linkEnd(row: LinkRow, withDetails: boolean): LinkEnd {
  const summary = spanSummary({
    trace_id: row.end_trace_id ?? '',
    span_id: row.end_span_id ?? '',
    parent_span_id: row.other_parent_span_id,
    service: row.other_service,
    name: row.other_name,
    kind: row.other_kind,
    status: row.other_status,
    start_ns: row.other_start_ns,
    duration_ns: row.other_duration_ns,
    link_count: row.other_link_count,
    dropped_links: row.other_dropped_links,
    backlink_count: row.other_backlink_count,
    exact: row.other_exact,
  });
  if (!withDetails) return summary;
  return {
    ...summary,
    attributes: row.other_exact?.attributes ?? attributesOfPlain(row.other_attributes),
    events: eventsOf({ events: row.other_events, exact: row.other_exact, start_ns: row.other_start_ns }),
  };
}
