import {
  JsonFieldError,
  readCount,
  readList,
  readMessage,
  readText,
  asObject,
  type JsonObject,
} from './json-fields.ts';
import { readAttributes } from './json-any-value.ts';
import { readSpan } from './json-span.ts';
import { parseLosslessJson } from './lossless-json.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';
import type { Resource, ResourceSpans, Scope, ScopeSpans, TracesRequest } from './traces-request.ts';

const UTF8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Decodes an `ExportTraceServiceRequest` in OTLP/JSON: ids as hex of either case, enums as integers, bytes as base64,
 * 64-bit numbers as strings or numbers (numbers beyond 2^53 keep their digits). Only lowerCamelCase names count: by the
 * specification snake_case names are unknown fields, and those are ignored.
 *
 * @param json the text, or its UTF-8 bytes
 * @throws {OtlpDecodeError} with the path of the field, and nothing else, whatever the text is.
 * @see https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
export function decodeTracesJson(json: string | Uint8Array): TracesRequest {
  const document = parse(typeof json === 'string' ? json : textOf(json));
  try {
    return { resourceSpans: readList(asObject(document), 'resourceSpans', readResourceSpans) };
  } catch (error) {
    if (!(error instanceof JsonFieldError)) throw error;
    throw new OtlpDecodeError(error.reason, { path: `$${error.path}` }, error.message);
  }
}

function textOf(bytes: Uint8Array): string {
  try {
    return UTF8.decode(bytes);
  } catch (error) {
    throw new OtlpDecodeError('invalid-utf8', { path: '$' }, 'the text is not UTF-8', error);
  }
}

function parse(text: string): unknown {
  try {
    return parseLosslessJson(text);
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'the text is not JSON';
    throw new OtlpDecodeError('invalid-json', { path: '$' }, detail, error);
  }
}

function readResourceSpans(from: JsonObject): ResourceSpans {
  return {
    resource: readMessage(from, 'resource', readResource),
    scopeSpans: readList(from, 'scopeSpans', readScopeSpans),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

function readResource(from: JsonObject): Resource {
  return {
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
  };
}

function readScopeSpans(from: JsonObject): ScopeSpans {
  return {
    scope: readMessage(from, 'scope', readScope),
    spans: readList(from, 'spans', readSpan),
    schemaUrl: readText(from, 'schemaUrl'),
  };
}

function readScope(from: JsonObject): Scope {
  return {
    name: readText(from, 'name'),
    version: readText(from, 'version'),
    attributes: readAttributes(from, 'attributes'),
    droppedAttributesCount: readCount(from, 'droppedAttributesCount'),
  };
}
