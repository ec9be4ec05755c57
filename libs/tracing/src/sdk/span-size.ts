import type { Attributes } from '@opentelemetry/api';
import type { EndedSpan } from './span-pipeline.ts';

/*
 * Fixed parts in OTLP protobuf, in bytes: ids, times, kind, status and flags of a span; ids and flags of a link (a link
 * with one UUID attribute measures 101); time of an event; tags and lengths around one attribute.
 */
const SPAN_BYTES = 80;
const LINK_BYTES = 45;
const EVENT_BYTES = 20;
const ATTRIBUTE_BYTES = 8;
const NUMBER_BYTES = 9;

/**
 * Estimates the bytes of a span in an OTLP/protobuf request. It may be wrong by a tenth on ASCII and by a factor of
 * three on text with three bytes per character. The limits built on it leave a much larger margin to the 4 MiB at which
 * receivers refuse a request.
 */
export function spanSizeBytes(span: EndedSpan): number {
  let bytes = SPAN_BYTES + span.name.length + attributesBytes(span.attributes);
  for (const link of span.links) {
    bytes += LINK_BYTES;
    if (link.attributes !== undefined) bytes += attributesBytes(link.attributes);
  }
  for (const event of span.events) {
    bytes += EVENT_BYTES + event.name.length;
    if (event.attributes !== undefined) bytes += attributesBytes(event.attributes);
  }
  return bytes;
}

function attributesBytes(attributes: Attributes): number {
  let bytes = 0;
  for (const key in attributes) bytes += ATTRIBUTE_BYTES + key.length + valueBytes(attributes[key]);
  return bytes;
}

function valueBytes(value: Attributes[string]): number {
  if (typeof value === 'string') return value.length;
  if (!Array.isArray(value)) return NUMBER_BYTES;
  let bytes = 0;
  for (const item of value) bytes += 4 + (typeof item === 'string' ? item.length : NUMBER_BYTES);
  return bytes;
}
