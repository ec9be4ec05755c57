import type { Attribute } from '@span-links/otlp';
import type { AttributeHashes } from './attribute-hash.ts';

/**
 * Adds the hashes of what `attributes @> '{"key": scalar}'` may find, attributes as PlainJson writes them. A list or a map is found by none
 * of its values: an object contains another where the values of its keys are of the same type (tried with PostgreSQL 15).
 */
export function hashAttributes(hashes: AttributeHashes, attributes: readonly Attribute[]): void {
  for (const { key, value } of attributes) {
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
}
