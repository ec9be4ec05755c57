import type { Attribute, AttributeValue } from '@span-links/explorer-api';

/** The content of a `jsonb` column of attributes; see sql/migrations/0001-traces.sql. */
export type PlainValue =
  string | number | boolean | null | readonly PlainValue[] | { readonly [key: string]: PlainValue };
export type PlainAttributes = { readonly [key: string]: PlainValue };

/**
 * Restores the types of plain JSON: a number with a fraction is a double, any other number an
 * integer. Use it only for rows without the attributes in `exact`, which holds everything that
 * plain JSON cannot express.
 */
export function attributesOfPlain(plain: PlainAttributes | null): Attribute[] {
  if (plain === null) return [];
  // When `valueOfPlain` built them with spread, attributes took a third of the time of a page of
  // links.
  return Object.keys(plain).map((key) => attributeOfPlain(key, plain[key]!));
}

function attributeOfPlain(key: string, value: PlainValue): Attribute {
  if (typeof value === 'string') return { key, type: 'string', value };
  return { key, ...valueOfPlain(value) };
}

function valueOfPlain(value: PlainValue): AttributeValue {
  if (value === null) return { type: 'empty' };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'number') {
    return Number.isInteger(value) ? { type: 'int', value: String(value) } : { type: 'double', value };
  }
  if (isList(value)) return { type: 'array', value: value.map(valueOfPlain) };
  return { type: 'map', value: attributesOfPlain(value) };
}

function isList(value: PlainValue): value is readonly PlainValue[] {
  return Array.isArray(value);
}
