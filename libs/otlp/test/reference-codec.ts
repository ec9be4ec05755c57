import { readFileSync } from 'node:fs';
import protobuf from 'protobufjs';
import type { AnyValue, Attribute, ResourceSpans, Scope, Span, TracesRequest } from '../src/index.ts';

/**
 * A second opinion on the wire format: protobufjs' reflection over a schema that is written
 * independently of the decoder. It encodes data that no exporter here would send, and shows what
 * damaged bytes mean.
 */
const schema = JSON.parse(
  readFileSync(new URL('./otlp-trace-schema.json', import.meta.url), 'utf8'),
) as protobuf.INamespace;
const Request = protobuf.Root.fromJSON(schema).lookupType('ExportTraceServiceRequest');

type Json = Record<string, unknown>;

export function encodeByReference(request: TracesRequest): Uint8Array {
  return Request.encode(Request.fromObject(mapMessage(request, (hex) => Buffer.from(hex, 'hex')))).finish();
}

/** The same in OTLP/JSON. */
export function jsonOf(request: TracesRequest): string {
  return JSON.stringify(mapMessage(request, (hex) => hex));
}

const ID_FIELDS = new Set(['traceId', 'spanId', 'parentSpanId']);

/**
 * Both sides use the protocol's field names, so a walk over the properties maps every message
 * except the values.
 */
function mapMessage(message: object, mapId: (hex: string) => unknown): Json {
  const mapped: Json = {};
  for (const [name, field] of Object.entries(message) as [string, unknown][]) {
    if (name === 'attributes') mapped[name] = (field as Attribute[]).map(mapAttribute);
    else if (ID_FIELDS.has(name)) mapped[name] = mapId((field as string | undefined) ?? '');
    else if (Array.isArray(field)) mapped[name] = field.map((item) => mapMessage(item as object, mapId));
    else if (typeof field === 'bigint') mapped[name] = field.toString();
    else mapped[name] = typeof field === 'object' ? mapMessage(field as object, mapId) : field;
  }
  return mapped;
}

function mapAttribute({ key, value }: Attribute): Json {
  return { key, value: mapValue(value) };
}

function mapValue(value: AnyValue): Json {
  if (value === null) return {};
  if (typeof value === 'string') return { stringValue: value };
  if (typeof value === 'boolean') return { boolValue: value };
  if (typeof value === 'bigint') return { intValue: value.toString() };
  if (typeof value === 'number') return { doubleValue: numberOf(value) };
  if (value instanceof Uint8Array) return { bytesValue: Buffer.from(value).toString('base64') };
  if ('pairs' in value) return { kvlistValue: { values: value.pairs.map(mapAttribute) } };
  return { arrayValue: { values: value.map(mapValue) } };
}

/** JSON has no -0 and no infinite values. The protocol has them as strings. */
function numberOf(value: number): number | string {
  if (Object.is(value, -0)) return '-0';
  return Number.isFinite(value) ? value : String(value);
}

/** @throws {Error} of any kind for invalid bytes */
export function decodeByReference(bytes: Uint8Array): TracesRequest {
  const { resourceSpans } = Request.decode(bytes) as unknown as { resourceSpans: Decoded[] };
  return { resourceSpans: resourceSpans.map(resourceSpansOf) };
}

/**
 * A message as protobufjs decodes it: an unset field comes from the prototype, an unset message is
 * `null`, 64-bit integers are `Long`, `value` of an AnyValue names the field that is set.
 */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- reflection has no types
type Decoded = any;

/* eslint-disable @typescript-eslint/no-unsafe-member-access, @typescript-eslint/no-unsafe-assignment,
   @typescript-eslint/no-unsafe-argument, @typescript-eslint/no-unsafe-call, @typescript-eslint/no-unsafe-return */
function resourceSpansOf(message: Decoded): ResourceSpans {
  return {
    resource: message.resource ? described(message.resource) : { attributes: [], droppedAttributesCount: 0 },
    scopeSpans: message.scopeSpans.map((scopeSpans: Decoded) => ({
      scope: scopeOf(scopeSpans.scope),
      spans: scopeSpans.spans.map(spanOf),
      schemaUrl: scopeSpans.schemaUrl,
    })),
    schemaUrl: message.schemaUrl,
  };
}

function scopeOf(message: Decoded): Scope {
  if (!message) return { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  return { name: message.name, version: message.version, ...described(message) };
}

function spanOf(message: Decoded): Span {
  return {
    traceId: hexOf(message.traceId),
    spanId: hexOf(message.spanId),
    parentSpanId: hexOf(message.parentSpanId) || undefined,
    traceState: message.traceState,
    flags: message.flags,
    name: message.name,
    kind: message.kind,
    startTimeUnixNano: bigintOf(message.startTimeUnixNano),
    endTimeUnixNano: bigintOf(message.endTimeUnixNano),
    ...described(message),
    events: message.events.map((event: Decoded) => ({
      timeUnixNano: bigintOf(event.timeUnixNano),
      name: event.name,
      ...described(event),
    })),
    droppedEventsCount: message.droppedEventsCount,
    links: message.links.map((link: Decoded) => ({
      traceId: hexOf(link.traceId),
      spanId: hexOf(link.spanId),
      traceState: link.traceState,
      flags: link.flags,
      ...described(link),
    })),
    droppedLinksCount: message.droppedLinksCount,
    status: message.status
      ? { code: message.status.code, message: message.status.message }
      : { code: 0, message: '' },
  };
}

function described(message: Decoded): Pick<Span, 'attributes' | 'droppedAttributesCount'> {
  return {
    attributes: message.attributes.map(attributeOf),
    droppedAttributesCount: message.droppedAttributesCount,
  };
}

function attributeOf(message: Decoded): Attribute {
  return { key: message.key, value: message.value ? valueOf(message.value) : null };
}

function valueOf(message: Decoded): AnyValue {
  switch (message.value) {
    case undefined:
      return null;
    case 'intValue':
      return bigintOf(message.intValue);
    case 'arrayValue':
      return message.arrayValue.values.map(valueOf);
    case 'kvlistValue':
      return { pairs: message.kvlistValue.values.map(attributeOf) };
    case 'bytesValue':
      return Uint8Array.from(message.bytesValue);
    default:
      return message[message.value];
  }
}

function hexOf(bytes: Decoded): string {
  return Buffer.from(bytes).toString('hex');
}

function bigintOf(long: Decoded): bigint {
  return BigInt(long.toString());
}
