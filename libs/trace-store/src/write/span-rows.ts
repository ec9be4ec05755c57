import { SPAN_KIND, STATUS_CODE, type Span, type SpanEvent, type SpanLink } from '@span-links/otlp';
import type { CopyRows } from './copy-rows.ts';
import { countColumn, textColumn } from './dictionaries.ts';
import { ExactParts, typedAttributes, typedEvents } from './exact-json.ts';
import { PlainJson } from './plain-json.ts';

/**
 * The columns of {@link writeSpanRow}, in its order. Columns that are patched later come first, at
 * fixed places.
 */
export const SPAN_COLUMNS = [
  'id, operation, resource, scope',
  'trace_id, span_id, parent_span_id, start_ns, duration_ns, status, link_count, dropped_links, dropped_attributes',
  'dropped_events, flags, received_at, status_message, trace_state, attributes, events, exact',
].join(', ');

export const LINK_COLUMNS =
  'src, idx, src_trace_id, target_trace_id, target_span_id, flags, dropped_attributes, trace_state, attributes, exact';

/**
 * The places of the values of the first columns in a row: after the number of fields, each after
 * its own length.
 */
export const SPAN_ROW_PLACES = { id: 6, operation: 18, resource: 26, scope: 34 } as const;
export const LINK_ROW_SRC_PLACE = 6;

/** How many columns there are. */
export const SPAN_FIELDS = 21;
export const LINK_FIELDS = 10;
const MAX_INT64 = 0x7fff_ffff_ffff_ffffn;
const TRACE_ID = /^(?!0+$)[0-9a-f]{32}$/;
const SPAN_ID = /^(?!0+$)[0-9a-f]{16}$/;

/** A start and an end as the columns have them. */
export interface SpanTimes {
  readonly startNs: bigint;
  readonly durationNs: bigint;
  /** True if the sent start cannot be true and another one replaces it. */
  readonly isAssumed: boolean;
}

/**
 * A clock may be ahead by this much. A span with a later start would stay on top of every list
 * until then.
 */
export const MAX_AHEAD_NS = 3_600_000_000_000n;

/**
 * The times of a span. A span without a start begins at its end. A span that starts in the far
 * future ends when it came in. `exact` then holds the sent times.
 */
export function spanTimes(
  { startTimeUnixNano, endTimeUnixNano }: Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'>,
  receivedAtMs: number,
): SpanTimes {
  const receivedNs = BigInt(receivedAtMs) * 1_000_000n;
  const latestNs = receivedNs + MAX_AHEAD_NS;
  if (startTimeUnixNano > latestNs) {
    const sent = endTimeUnixNano > startTimeUnixNano ? endTimeUnixNano - startTimeUnixNano : 0n;
    const durationNs = sent < receivedNs ? sent : 0n;
    return { startNs: receivedNs - durationNs, durationNs, isAssumed: true };
  }
  if (startTimeUnixNano === 0n) {
    const hasEnd = endTimeUnixNano > 0n && endTimeUnixNano <= latestNs;
    return { startNs: hasEnd ? endTimeUnixNano : receivedNs, durationNs: 0n, isAssumed: true };
  }
  const endNs = clamp(endTimeUnixNano);
  const durationNs = endNs > startTimeUnixNano ? endNs - startTimeUnixNano : 0n;
  return { startNs: startTimeUnixNano, durationNs, isAssumed: false };
}

/** The parent; `undefined` on a root, or if the sent value is no span id. */
export function validParent({ parentSpanId }: Span): string | undefined {
  return parentSpanId !== undefined && SPAN_ID.test(parentSpanId) ? parentSpanId : undefined;
}

/** The trace that a link leads to; `undefined` if either of its ids is invalid. */
export function linkTarget({ traceId, spanId }: SpanLink): string | undefined {
  return TRACE_ID.test(traceId) && SPAN_ID.test(spanId) ? traceId : undefined;
}

/** A kind as the dictionary of operations stores it. */
export function storedKind(kind: number): number {
  return kind >= SPAN_KIND.unspecified && kind <= SPAN_KIND.consumer ? kind : SPAN_KIND.unspecified;
}

/** @param times of this span, see {@link spanTimes}. */
export function writeSpanRow(
  rows: CopyRows,
  span: Span,
  name: string,
  times: SpanTimes,
  receivedAtMs: number,
): void {
  const exact = new ExactParts();
  if (name !== span.name) exact.add('name', span.name);
  const parent = validParent(span);
  if (parent === undefined && span.parentSpanId !== undefined) exact.add('parentSpanId', span.parentSpanId);
  if (times.startNs !== span.startTimeUnixNano) exact.add('startTime', String(span.startTimeUnixNano));
  if (times.startNs + times.durationNs !== span.endTimeUnixNano)
    exact.add('endTime', String(span.endTimeUnixNano));

  rows.beginRow(SPAN_FIELDS);
  rows.int64(0n);
  rows.int32(0);
  rows.int32(0);
  rows.int32(0);
  rows.hex(span.traceId);
  rows.hex(span.spanId);
  if (parent === undefined) rows.null();
  else rows.hex(parent);
  rows.int64(times.startNs);
  rows.int64(times.durationNs);
  rows.int16(storedStatus(span.status.code));
  rows.int32(span.links.length);
  rows.int32(countColumn(span.droppedLinksCount, 'droppedLinksCount', exact));
  rows.int32(countColumn(span.droppedAttributesCount, 'droppedAttributesCount', exact));
  rows.int32(countColumn(span.droppedEventsCount, 'droppedEventsCount', exact));
  rows.int32(span.flags | 0);
  rows.timestamp(receivedAtMs);
  rows.text(textColumn(span.status.message, 'statusMessage', exact) || null);
  rows.text(textColumn(span.traceState, 'traceState', exact) || null);
  writeAttributes(rows, span.attributes, exact);
  writeEvents(rows, span.events, times, exact);
  rows.text(exact.json());
}

/** @param index the link's place on the span. */
export function writeLinkRow(rows: CopyRows, span: Span, link: SpanLink, index: number): void {
  const exact = new ExactParts();
  const target = linkTarget(link);
  if (target === undefined) {
    exact.add('traceId', link.traceId);
    exact.add('spanId', link.spanId);
  }
  rows.beginRow(LINK_FIELDS);
  rows.int64(0n);
  rows.int32(index);
  rows.hex(span.traceId);
  if (target === undefined) {
    rows.null();
    rows.null();
  } else {
    rows.hex(link.traceId);
    rows.hex(link.spanId);
  }
  rows.int32(link.flags | 0);
  rows.int32(countColumn(link.droppedAttributesCount, 'droppedAttributesCount', exact));
  rows.text(textColumn(link.traceState, 'traceState', exact) || null);
  writeAttributes(rows, link.attributes, exact);
  rows.text(exact.json());
}

function writeAttributes(rows: CopyRows, attributes: Span['attributes'], exact: ExactParts): void {
  if (attributes.length === 0) return rows.null();
  const plain = new PlainJson(rows);
  const start = rows.beginJsonb();
  plain.attributes(attributes);
  rows.endValue(start);
  if (!plain.isExact) exact.add('attributes', typedAttributes(attributes));
}

function writeEvents(
  rows: CopyRows,
  events: readonly SpanEvent[],
  { startNs }: SpanTimes,
  exact: ExactParts,
): void {
  if (events.length === 0) return rows.null();
  const plain = new PlainJson(rows);
  const start = rows.beginJsonb();
  rows.ascii('[');
  for (const [index, event] of events.entries()) {
    rows.ascii(index > 0 ? ',{"t":' : '{"t":');
    plain.integer(event.timeUnixNano - startNs);
    rows.ascii(',"n":');
    plain.text(event.name);
    if (event.attributes.length > 0) {
      rows.ascii(',"a":');
      plain.attributes(event.attributes);
    }
    if (event.droppedAttributesCount > 0) rows.ascii(`,"d":${event.droppedAttributesCount}`);
    rows.ascii('}');
  }
  rows.ascii(']');
  rows.endValue(start);
  if (!plain.isExact) exact.add('events', typedEvents(events));
}

/** A status as the column stores it. */
export function storedStatus(code: number): number {
  return code === STATUS_CODE.ok || code === STATUS_CODE.error ? code : STATUS_CODE.unset;
}

function clamp(time: bigint): bigint {
  return time > MAX_INT64 ? MAX_INT64 : time;
}
