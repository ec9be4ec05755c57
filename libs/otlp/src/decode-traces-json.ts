import { ElementTally, NO_ELEMENT_LIMITS, TRACES_REQUEST } from './element-limits.ts';
import {
  asObject,
  JsonFieldError,
  type JsonObject,
  parseLosslessJson,
  readAttributes,
  readCount,
  readEnum,
  readId,
  readList,
  readMessage,
  readNanos,
  readText,
} from './json-fields.ts';
import { JsonScan, type JsonScopeSpans, type Place } from './json-scan.ts';
import { atOnce, type Steps } from './loop-turns.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import type {
  Resource,
  ResourceSpans,
  Scope,
  ScopeSpans,
  Span,
  SpanEvent,
  SpanLink,
  SpanStatus,
  TracesRequest,
} from './otlp-model.ts';

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON: ids as hex of upper or lower case, enums as
 * integers, bytes as base64, 64-bit numbers as strings or numbers (numbers beyond 2^53 keep their
 * digits). Only lowerCamelCase names count. The specification makes snake_case names unknown
 * fields, which are ignored.
 *
 * @param json the text, or its UTF-8 bytes
 * @throws {OtlpDecodeError} with the path of the field. It throws no other error for any text.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function decodeTracesJson(json: string | Uint8Array): TracesRequest {
  const bytes = typeof json === 'string' ? Buffer.from(json) : json;
  const scan = new JsonScan(new ElementTally(NO_ELEMENT_LIMITS), TRACES_REQUEST);
  scan.push(bytes);
  const { resourceSpans } = atOnce(frameTracesJson(bytes, scan));
  return {
    resourceSpans: resourceSpans.map((resource) => ({
      ...resource,
      scopeSpans: resource.scopeSpans.map((scope) => ({
        ...scope,
        spans: scope.spans.map((place) => decodeJsonSpan(bytes, place, scan)),
      })),
    })),
  };
}

/**
 * The same for a document that {@link parseLosslessJson} has parsed.
 *
 * @throws {OtlpDecodeError}
 */
export function tracesOfJson(document: unknown): TracesRequest {
  return at('$', () => ({ resourceSpans: readList(asObject(document), 'resourceSpans', resourceSpansOf) }));
}

function resourceSpansOf(from: JsonObject): ResourceSpans {
  return {
    resource: readMessage(from, 'resource', readResource),
    scopeSpans: readList(from, 'scopeSpans', scopeSpansOf),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

function scopeSpansOf(from: JsonObject): ScopeSpans {
  return {
    scope: readMessage(from, 'scope', readScope),
    spans: readList(from, 'spans', readSpan),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

/**
 * Decodes a request in OTLP/JSON except its spans.
 *
 * @param scan that has read all of `bytes`
 * @throws {OtlpDecodeError} if the text is incomplete, or a resource or scope is broken
 */
export function* frameTracesJson(bytes: Uint8Array, scan: JsonScan): Steps<TracesRequest<Place>> {
  scan.end();
  const resourceSpans: ResourceSpans<Place>[] = [];
  for (const [index, { resource, schemaUrl, scopeSpans = [] }] of scan.resourceSpans.entries()) {
    const path = `$.resourceSpans[${index}]`;
    const own = at(path, () => readResourceFields(bytes, resource, schemaUrl));
    const scopes: ScopeSpans<Place>[] = [];
    for (const scope of scopeSpans) {
      scopes.push(at(`${path}.scopeSpans[${scopes.length}]`, () => readScopeSpans(bytes, scope)));
      yield;
    }
    resourceSpans.push({ ...own, scopeSpans: scopes });
    yield;
  }
  return { resourceSpans };
}

/** @throws {OtlpDecodeError} with the path of the field in the request */
export function decodeJsonSpan(bytes: Uint8Array, place: Place, scan: JsonScan): Span {
  return at(
    () => pathOf(place, scan),
    () => readSpan(asObject(parse(bytes, place))),
  );
}

/** Computed on demand, because valid requests do not need paths. */
function pathOf({ start }: Place, { resourceSpans }: JsonScan): string {
  for (const [r, { scopeSpans = [] }] of resourceSpans.entries()) {
    for (const [s, { spans }] of scopeSpans.entries()) {
      const at = spans.indexOf(start);
      if (at >= 0) return `$.resourceSpans[${r}].scopeSpans[${s}].spans[${at / 2}]`;
    }
  }
  return '$';
}

export function at<Result>(path: string | (() => string), read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof JsonFieldError)) throw error;
    const start = typeof path === 'string' ? path : path();
    throw new OtlpDecodeError(error.reason, { path: `${start}${error.path}` }, error.message);
  }
}

function parse(bytes: Uint8Array, { start, end }: Place): unknown {
  return parseLosslessJson(Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString());
}

function optional(bytes: Uint8Array, place: Place | undefined): unknown {
  return place && parse(bytes, place);
}

function readResourceFields(
  bytes: Uint8Array,
  resource: Place | undefined,
  schemaUrl: Place | undefined,
): Pick<ResourceSpans, 'resource' | 'schemaUrl'> {
  const from = { resource: optional(bytes, resource), schemaUrl: optional(bytes, schemaUrl) };
  return { resource: readMessage(from, 'resource', readResource), schemaUrl: readText(from, 'schemaUrl') };
}

function readScopeSpans(bytes: Uint8Array, { scope, schemaUrl, spans }: JsonScopeSpans): ScopeSpans<Place> {
  const from = { scope: optional(bytes, scope), schemaUrl: optional(bytes, schemaUrl) };
  return {
    scope: readMessage(from, 'scope', readScope),
    spans: Array.from({ length: spans.length / 2 }, (_, n) => ({
      start: spans[2 * n]!,
      end: spans[2 * n + 1]!,
    })),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

export function readResource(from: JsonObject): Resource {
  return {
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
  };
}

export function readScope(from: JsonObject): Scope {
  return {
    name: readText(from, 'name'),
    version: readText(from, 'version'),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
  };
}

/** Reads a `Span`. */
function readSpan(from: JsonObject): Span {
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
