import type { Attributes, HrTime, SpanContext } from '@opentelemetry/api';
import {
  keyOf,
  type JournaledEvent,
  type JournaledLink,
  type JournaledResource,
  type JournaledScope,
  type JournaledSpan,
} from './journaled-span.ts';

/*
 * The journal is lines of JSON. The first line is the header; every other line is an array that begins with its kind.
 * JSON.stringify of one nested array is the fastest encoding that was tried: 37 µs for 128 links with two attributes
 * each; OTLP/protobuf took 280 µs for 100 (2026-11-29). 0 stands for a missing value.
 */

export type Redact = (attributes: Attributes) => Attributes;

export type ContextRecord = readonly [
  traceId: string,
  spanId: string,
  flags: number,
  isRemote: 0 | 1,
  traceState?: string,
];
export type LinkRecord = readonly [context: ContextRecord, attributes: unknown, dropped: number];
export type EventRecord = readonly [name: string, time: HrTime, attributes: unknown, dropped: number];

/** Later definitions of an id replace earlier ones, because detectors may still run when the first span starts. */
export type ResourceRecord = readonly ['R', id: number, attributes: unknown, schemaUrl: string | 0];
export type ScopeRecord = readonly [
  'C',
  id: number,
  name: string,
  version: string | 0,
  schemaUrl: string | 0,
];
export type StartRecord = readonly [
  'S',
  context: ContextRecord,
  parent: ContextRecord | 0,
  name: string,
  kind: number,
  start: HrTime,
  resource: number,
  scope: number,
  attributes: unknown,
  links: readonly LinkRecord[],
  dropped: readonly [attributes: number, links: number],
];
export type EndRecord = readonly [
  'E',
  key: string,
  name: string,
  end: HrTime,
  statusCode: number,
  statusMessage: string | 0,
  attributes: unknown,
  events: readonly EventRecord[],
  /** 0: the links of the start. */
  links: readonly LinkRecord[] | 0,
  dropped: readonly [attributes: number, events: number, links: number],
];
export type AcknowledgedRecord = readonly ['A', keys: readonly string[]];
export type JournalRecord = ResourceRecord | ScopeRecord | StartRecord | EndRecord | AcknowledgedRecord;

const VERSION = 1;

export function headerLine(createdAtMs: number): string {
  return `${JSON.stringify({ spanLinksJournal: VERSION, createdAtMs })}\n`;
}

/** Undefined if this is no journal, or if another version of the library has written it. */
export function readHeader(line: string): { readonly createdAtMs: number } | undefined {
  try {
    const header = JSON.parse(line) as { spanLinksJournal?: unknown; createdAtMs?: unknown };
    if (header.spanLinksJournal !== VERSION) return undefined;
    return { createdAtMs: Number(header.createdAtMs) || 0 };
  } catch {
    return undefined;
  }
}

export function resourceLine(id: number, resource: JournaledResource, redact: Redact): string {
  const attributes = redact(settledAttributes(resource));
  return lineOf(['R', id, attributes, resource.schemaUrl ?? 0]);
}

export function scopeLine(id: number, { name, version, schemaUrl }: JournaledScope): string {
  return lineOf(['C', id, name, version ?? 0, schemaUrl ?? 0]);
}

export function startLine(span: JournaledSpan, resource: number, scope: number, redact: Redact): string {
  return lineOf([
    'S',
    contextRecord(span.spanContext()),
    span.parentSpanContext === undefined ? 0 : contextRecord(span.parentSpanContext),
    span.name,
    span.kind,
    span.startTime,
    resource,
    scope,
    redact(span.attributes),
    linkRecords(span.links, redact),
    [span.droppedAttributesCount, span.droppedLinksCount],
  ]);
}

export function endLine(span: JournaledSpan, withLinks: boolean, redact: Redact): string {
  return lineOf([
    'E',
    keyOf(span),
    span.name,
    span.endTime,
    span.status.code,
    span.status.message ?? 0,
    redact(span.attributes),
    span.events.map((event) => eventRecord(event, redact)),
    withLinks ? linkRecords(span.links, redact) : 0,
    [span.droppedAttributesCount, span.droppedEventsCount, span.droppedLinksCount],
  ]);
}

export function acknowledgedLine(keys: readonly string[]): string {
  return lineOf(['A', keys]);
}

/** While detectors run, the SDK logs a complaint at each read of `attributes`. */
function settledAttributes(resource: JournaledResource): Attributes {
  if (resource.asyncAttributesPending !== true || resource.getRawAttributes === undefined) {
    return resource.attributes;
  }
  const settled: Attributes = {};
  for (const [key, value] of resource.getRawAttributes()) {
    if (typeof value !== 'object' || value === null || !('then' in value)) {
      settled[key] ??= value as Attributes[string];
    }
  }
  return settled;
}

function linkRecords(links: readonly JournaledLink[], redact: Redact): LinkRecord[] {
  return links.map(({ context, attributes, droppedAttributesCount }) => [
    contextRecord(context),
    attributes === undefined ? 0 : redact(attributes),
    droppedAttributesCount ?? 0,
  ]);
}

function eventRecord(event: JournaledEvent, redact: Redact): EventRecord {
  const { name, time, attributes, droppedAttributesCount } = event;
  return [name, time, attributes === undefined ? 0 : redact(attributes), droppedAttributesCount ?? 0];
}

function contextRecord(context: SpanContext): ContextRecord {
  const { traceId, spanId, traceFlags, isRemote, traceState } = context;
  return traceState === undefined
    ? [traceId, spanId, traceFlags, isRemote === true ? 1 : 0]
    : [traceId, spanId, traceFlags, isRemote === true ? 1 : 0, traceState.serialize()];
}

/**
 * JSON has no NaN and no infinite numbers: JSON.stringify turns them into null. They are rare, and a replacer function
 * makes the encoding ten times slower, so only a line that contains "null" is encoded again with one.
 */
function lineOf(record: JournalRecord): string {
  let json = JSON.stringify(record);
  if (json.includes('null')) json = JSON.stringify(record, nameOddNumbers);
  return `${json}\n`;
}

function nameOddNumbers(_key: string, value: unknown): unknown {
  return typeof value === 'number' && !Number.isFinite(value) ? { number: String(value) } : value;
}

/** Undefined for a torn line, or for a kind that a later version has added. */
export function readRecord(line: string): JournalRecord | undefined {
  try {
    const record = JSON.parse(line) as unknown;
    return Array.isArray(record) && ['R', 'C', 'S', 'E', 'A'].includes(record[0] as string)
      ? (record as unknown as JournalRecord)
      : undefined;
  } catch {
    return undefined;
  }
}
