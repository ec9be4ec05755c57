import {
  parseLosslessJson,
  scanMessage,
  tracesOfJson,
  type ElementLimits,
  type TracesRequest,
} from '@span-links/otlp';
import { SPAN_KINDS, SPAN_STATUSES } from '@span-links/explorer-api';
import type { JsonElement } from './json-documents.ts';
import { jaegerTraces } from './jaeger-import.ts';

type Json = Record<string, unknown>;

/**
 * A tag in Jaeger's format is an object of three fields, so an attribute counts as four values
 * there.
 */
const VALUES_PER_JAEGER_TAG = 4;

/**
 * Reads an element of a file: a `ResourceSpans` of OTLP/JSON or of Tempo's `batches`, or a trace of
 * Jaeger's `data`. OTLP files may have the variants that Tempo writes: ids as base64, and kinds and
 * statuses as names.
 *
 * @throws {Error} with the problem.
 */
export function readElement(
  { list, json }: Pick<JsonElement, 'list' | 'json'>,
  limits: ElementLimits,
): TracesRequest {
  countElements(list, json, limits);
  const parsed = parseLosslessJson(json.toString('utf8'));
  if (list === 'data') return jaegerTraces(parsed);
  if (isObject(parsed)) normalize(parsed);
  return tracesOfJson({ resourceSpans: [parsed] });
}

/**
 * Counts before anything is parsed, because a few bytes of JSON can become many objects.
 *
 * @throws TooManyElements
 */
function countElements(list: JsonElement['list'], json: Buffer, limits: ElementLimits): void {
  const most = VALUES_PER_JAEGER_TAG * limits.attributes;
  // Jaeger's fields are not fields of OTLP, so the scan counts all of them as values.
  const scan =
    list === 'data'
      ? scanMessage('traces', 'json', { ...limits, values: most, fieldsPerItem: Infinity })
      : scanMessage('traces', 'json', limits);
  scan.push(Buffer.from(list === 'data' ? '{"data":[' : '{"resourceSpans":['));
  scan.push(json);
}

/**
 * Converts the variants of protobuf's own JSON mapping and of older OTLP versions to OTLP/JSON, in
 * place.
 */
function normalize(resourceSpans: Json): void {
  resourceSpans['scopeSpans'] ??= resourceSpans['instrumentationLibrarySpans'];
  for (const scoped of objects(resourceSpans['scopeSpans'])) {
    scoped['scope'] ??= scoped['instrumentationLibrary'];
    for (const span of objects(scoped['spans'])) normalizeSpan(span);
  }
}

function normalizeSpan(span: Json): void {
  normalizeId(span, 'traceId', 16);
  normalizeId(span, 'spanId', 8);
  normalizeId(span, 'parentSpanId', 8);
  normalizeName(span, 'kind', 'SPAN_KIND_', SPAN_KINDS);
  if (isObject(span['status'])) normalizeName(span['status'], 'code', 'STATUS_CODE_', SPAN_STATUSES);
  for (const link of objects(span['links'])) {
    normalizeId(link, 'traceId', 16);
    normalizeId(link, 'spanId', 8);
  }
}

/**
 * Base64 of 16 bytes has 24 letters and of 8 bytes 12. As hex they have 32 and 16, so the two
 * cannot be confused.
 */
function normalizeId(of: Json, name: string, bytes: number): void {
  const id = of[name];
  if (typeof id !== 'string' || id.length === 0 || id.length >= 2 * bytes) return;
  const read = Buffer.from(id, 'base64');
  if (read.length === bytes) of[name] = read.toString('hex');
}

function normalizeName(of: Json, name: string, prefix: string, words: readonly string[]): void {
  const value = of[name];
  if (typeof value !== 'string') return;
  const number = value.startsWith(prefix) ? words.indexOf(value.slice(prefix.length).toLowerCase()) : -1;
  if (number >= 0) of[name] = number;
}

function objects(list: unknown): Json[] {
  return Array.isArray(list) ? list.filter(isObject) : [];
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
