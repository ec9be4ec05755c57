import { readAttributes } from './json-any-value.ts';
import {
  readCount,
  readEnum,
  readId,
  readList,
  readMessage,
  readNanos,
  readText,
  type JsonObject,
} from './json-fields.ts';
import type { Span, SpanEvent, SpanLink, SpanStatus } from './traces-request.ts';

/** Reads a `Span`. */
export function readSpan(from: JsonObject): Span {
  return {
    traceId: readId(from, 'traceId'),
    spanId: readId(from, 'spanId'),
    parentSpanId: readId(from, 'parentSpanId') || undefined,
    traceState: readText(from, 'traceState'),
    flags: readCount(from, 'flags'),
    name: readText(from, 'name'),
    kind: readEnum(from, 'kind'),
    startTimeUnixNano: readNanos(from, 'startTimeUnixNano'),
    endTimeUnixNano: readNanos(from, 'endTimeUnixNano'),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
    events: readList(from, 'events', readEvent),
    droppedEventsCount: readCount(from, 'droppedEventsCount'),
    links: readList(from, 'links', readLink),
    droppedLinksCount: readCount(from, 'droppedLinksCount'),
    status: readMessage(from, 'status', readStatus),
  };
}

function readEvent(from: JsonObject): SpanEvent {
  return {
    timeUnixNano: readNanos(from, 'timeUnixNano'),
    name: readText(from, 'name'),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
  };
}

function readLink(from: JsonObject): SpanLink {
  return {
    traceId: readId(from, 'traceId'),
    spanId: readId(from, 'spanId'),
    traceState: readText(from, 'traceState'),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
    flags: readCount(from, 'flags'),
  };
}

function readStatus(from: JsonObject): SpanStatus {
  return { code: readEnum(from, 'code'), message: readText(from, 'message') };
}
