import type { AttributeHashes } from './attribute-hash.ts';
import type { CopyRows } from './copy-rows.ts';
import { LINK_FIELDS, MAX_AHEAD_NS, SPAN_FIELDS, storedStatus } from './span-rows.ts';
import { WireJson } from './wire-json.ts';
import type { WireLink } from './wire-link.ts';
import type { WireSpan } from './wire-span.ts';

/**
 * Writes the same rows as `writeSpanRow` and `writeLinkRow`, from protobuf bytes. Its methods
 * return false if they cannot write something; the new content of the rows is invalid then.
 */
export class WireRows {
  readonly #json = new WireJson();

  span(span: WireSpan, rows: CopyRows, hashes: AttributeHashes, receivedAtMs: number): boolean {
    const { bytes } = span;
    if (endsEarly(bytes, span.startTime, span.endTime) || !mayStart(bytes, span.startTime, receivedAtMs))
      return false;
    rows.beginRow(SPAN_FIELDS);
    rows.zeros(8);
    rows.zeros(4);
    rows.zeros(4);
    rows.zeros(4);
    rows.copy(bytes, span.traceId, 16);
    rows.copy(bytes, span.spanId, 8);
    if (span.parentSpanId < 0) rows.null();
    else rows.copy(bytes, span.parentSpanId, 8);
    rows.littleEndian64(bytes, span.startTime);
    rows.littleEndian64(bytes, span.endTime, span.startTime);
    rows.int16(storedStatus(span.statusCode));
    rows.int32(span.links.length / 2);
    rows.int32(span.droppedLinks);
    rows.int32(span.droppedAttributes);
    rows.int32(span.droppedEvents);
    rows.int32(span.flags);
    rows.timestamp(receivedAtMs);
    const isWritten =
      writeText(rows, bytes, span.messageStart, span.messageEnd) &&
      writeText(rows, bytes, span.traceStateStart, span.traceStateEnd) &&
      this.#attributes(rows, bytes, span.attributes, hashes);
    rows.null();
    rows.null();
    return isWritten;
  }

  /** @param index the link's place on the span. */
  link(span: WireSpan, link: WireLink, rows: CopyRows, index: number): boolean {
    const { bytes } = link;
    rows.beginRow(LINK_FIELDS);
    rows.zeros(8);
    rows.int32(index);
    rows.copy(bytes, span.traceId, 16);
    rows.copy(bytes, link.traceId, 16);
    rows.copy(bytes, link.spanId, 8);
    rows.int32(link.flags);
    rows.int32(link.droppedAttributes);
    const isWritten =
      writeText(rows, bytes, link.traceStateStart, link.traceStateEnd) &&
      this.#attributes(rows, bytes, link.attributes);
    rows.null();
    return isWritten;
  }

  #attributes(rows: CopyRows, bytes: Buffer, places: readonly number[], hashes?: AttributeHashes): boolean {
    if (places.length === 0) {
      rows.null();
      return true;
    }
    const start = rows.beginJsonb();
    if (!this.#json.write(bytes, places, rows, hashes)) return false;
    rows.endValue(start);
    return true;
  }
}

/**
 * Writes null for no text. Takes only ASCII without U+0000: other text is rare here and needs a
 * closer look.
 */
function writeText(rows: CopyRows, bytes: Buffer, start: number, end: number): boolean {
  if (start === end) {
    rows.null();
    return true;
  }
  for (let at = start; at < end; at++) if (bytes[at]! === 0 || bytes[at]! > 127) return false;
  rows.copy(bytes, start, end - start);
  return true;
}

const TWO_TO_32 = 2 ** 32;

/**
 * True if a start is certainly neither missing nor in the far future: see `spanTimes`. Its upper
 * half has steps of 4.3 s.
 */
function mayStart(bytes: Buffer, startTime: number, receivedAtMs: number): boolean {
  const upper = bytes.readUInt32LE(startTime + 4);
  return upper > 0 && upper < Math.floor((receivedAtMs * 1e6 + Number(MAX_AHEAD_NS)) / TWO_TO_32);
}

/** Compares two times in little-endian order. */
function endsEarly(bytes: Buffer, startTime: number, endTime: number): boolean {
  for (let i = 7; i >= 0; i--) {
    const difference = bytes[endTime + i]! - bytes[startTime + i]!;
    if (difference !== 0) return difference < 0;
  }
  return false;
}
