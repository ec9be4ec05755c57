import { createHash } from 'node:crypto';
import { SPAN_KIND } from '@span-links/otlp';
import type { PreparedSpan } from './prepared-request.ts';
import { SPAN_FIELDS, SPAN_ROW_PLACES } from './span-rows.ts';

// Places of columns in a row, see writeSpanRow. Not every span has a parent, and a parent moves the
// columns after it.
const CONTENT_START = SPAN_ROW_PLACES.scope + 4;
const SPAN_ID_FIELD = 5;
const PARENT_FIELD = 6;
const START_FIELD = 7;
const RECEIVED_FIELD = 15;
const EXACT_FIELD = SPAN_FIELDS - 1;
const KIND_COLUMN = 2;

/** True if two spans with one id have the same content, independent of their arrival. */
export function saysTheSame(one: PreparedSpan, other: PreparedSpan): boolean {
  return one.operation.digest.equals(other.operation.digest) && contentOf(one).equals(contentOf(other));
}

/**
 * Gives a span a new id if another span of its trace already has its id. Such spans are two halves
 * of a call that share one id (Zipkin), or a span that was sent again with other content. The new
 * id is made from the content, so the same span always gets the same one. The span is below the one
 * with the shared id, unless it is a caller with its own parent. The sent id is kept.
 */
export function withOwnId(span: PreparedSpan): PreparedSpan {
  const { spanRows } = span.request;
  const digest = createHash('sha256').update(contentOf(span)).update(span.operation.digest).digest();
  // No valid id is all zeros.
  digest[0]! |= 1;
  const fields = fieldsOf(span);
  const sentParent = fields[PARENT_FIELD];
  const kind = span.operation.columns[KIND_COLUMN];
  const isCaller = sentParent !== null && (kind === SPAN_KIND.client || kind === SPAN_KIND.producer);
  const sharedId = Buffer.from(span.spanId, 'hex');
  fields[SPAN_ID_FIELD] = digest.subarray(0, 8);
  if (!isCaller) fields[PARENT_FIELD] = sharedId;
  fields[EXACT_FIELD] = withSentIds(fields[EXACT_FIELD]!, {
    spanId: span.spanId,
    ...(!isCaller && { sentParentSpanId: sentParent?.toString('hex') ?? '' }),
  });
  const start = spanRows.length;
  spanRows.beginRow(SPAN_FIELDS);
  for (const field of fields) {
    if (field === null) spanRows.null();
    else spanRows.copy(field, 0, field.length);
  }
  return {
    ...span,
    spanId: digest.toString('hex', 0, 8),
    isRoot: false,
    row: { start, end: spanRows.length },
    diskBytes: span.diskBytes + spanRows.length - start - (span.row.end - span.row.start),
  };
}

/** The content of a span's row without the parts that differ between deliveries. */
function contentOf(span: PreparedSpan): Buffer {
  const { start, end } = span.row;
  const content = Buffer.from(span.request.spanRows.bytes.subarray(start + CONTENT_START, end));
  const places = placesOf(span);
  const blank = (field: number): Buffer =>
    content.fill(0, places[field]! - start - CONTENT_START, places[field]! + 8 - start - CONTENT_START);
  blank(RECEIVED_FIELD);
  if (span.isStartAssumed) blank(START_FIELD);
  return content;
}

/** The start of each column's value in a row. */
function placesOf({ request: { spanRows }, row }: PreparedSpan): number[] {
  const places: number[] = [];
  for (let at = row.start + 2; at < row.end;) {
    const length = spanRows.bytes.readInt32BE(at);
    places.push(at + 4);
    at += 4 + Math.max(length, 0);
  }
  return places;
}

/** Copies of a row's values. */
function fieldsOf(span: PreparedSpan): (Buffer | null)[] {
  const { bytes } = span.request.spanRows;
  return placesOf(span).map((place) => {
    const length = bytes.readInt32BE(place - 4);
    return length < 0 ? null : Buffer.from(bytes.subarray(place, place + length));
  });
}

function withSentIds(exact: Buffer | null, ids: Readonly<Record<string, string>>): Buffer {
  const added = JSON.stringify(ids);
  if (exact === null) return Buffer.from(added);
  return Buffer.from(`${exact.toString('utf8', 0, exact.length - 1)},${added.slice(1)}`);
}
