import { isKeyValueList, type AnyValue, type Attribute, type SpanEvent } from '@span-links/otlp';
import type { AttributeHashes } from './attribute-hash.ts';

/** The filter's value for a key with a list or a map. */
export const LIST_MARK = '\ufffdlist';

/**
 * Adds the hashes that a search with `=` may look for, from attributes as PlainJson writes them. A
 * scalar counts by itself and as a member of a list. A whole list or map has a mark.
 */
export function hashAttributes(hashes: AttributeHashes, attributes: readonly Attribute[]): void {
  for (const { key, value } of attributes) {
    if (isList(value)) {
      hashes.string(key, LIST_MARK);
      for (const member of value) hashScalar(hashes, key, member);
    } else if (isKeyValueList(value)) hashes.string(key, LIST_MARK);
    else hashScalar(hashes, key, value);
  }
}

/** Does the same for all attributes of events. */
export function hashEvents(hashes: AttributeHashes, events: readonly SpanEvent[]): void {
  for (const { attributes } of events) hashAttributes(hashes, attributes);
}

function hashScalar(hashes: AttributeHashes, key: string, value: AnyValue): void {
  if (typeof value === 'string') hashes.string(key, value);
  else if (typeof value === 'bigint') hashes.number(key, Number(value));
  else if (typeof value === 'boolean') hashes.boolean(key, value);
  else if (typeof value === 'number') {
    if (Number.isFinite(value)) hashes.number(key, value);
    else hashes.string(key, String(value));
  } else if (value instanceof Uint8Array) {
    hashes.string(key, Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64'));
  }
}

function isList(value: AnyValue): value is readonly AnyValue[] {
  return Array.isArray(value);
}
