import type { Attribute, AttributeValue } from '@span-links/explorer-api';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/**
 * Attributes as plain JSON, in a form to paste elsewhere. A key that was sent twice becomes a list.
 */
export function attributesJson(attributes: readonly Attribute[]): { [key: string]: Json } {
  const grouped = new Map<string, Json[]>();
  for (const attribute of attributes) {
    grouped.set(attribute.key, [...(grouped.get(attribute.key) ?? []), jsonOf(attribute)]);
  }
  return Object.fromEntries(
    [...grouped].map(([key, values]) => [key, values.length > 1 ? values : (values[0] ?? null)]),
  );
}

function jsonOf(value: AttributeValue): Json {
  switch (value.type) {
    case 'array':
      return value.value.map(jsonOf);
    case 'map':
      return attributesJson(value.value);
    case 'empty':
      return null;
    case 'int':
      // 64 bits: a value that a number cannot hold stays text instead of becoming another number.
      return Number.isSafeInteger(Number(value.value)) ? Number(value.value) : value.value;
    case 'string':
    case 'bool':
    case 'double':
    case 'bytes':
      return value.value;
  }
}
