import { isKeyValueList, type AnyValue, type Attribute } from './any-value.ts';

/** A value for assertions: integers are numbers if that is exact, nested maps are records. */
export type PlainValue =
  string | boolean | bigint | number | Uint8Array | readonly PlainValue[] | AttributeRecord | null;

/** Attributes by key. It has no prototype, so `__proto__` is an ordinary key. */
export interface AttributeRecord {
  readonly [key: string]: PlainValue;
}

/**
 * The last of several attributes with one key counts. The result does not tell integers from
 * doubles; `Attribute[]` does.
 */
export function attributeRecord(attributes: readonly Attribute[]): AttributeRecord {
  const record = Object.create(null) as Record<string, PlainValue>;
  for (const { key, value } of attributes) record[key] = plainValue(value);
  return record;
}

function plainValue(value: AnyValue): PlainValue {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  if (isKeyValueList(value)) return attributeRecord(value.pairs);
  return isList(value) ? value.map(plainValue) : value;
}

function isList<Value>(value: Value | readonly Value[]): value is readonly Value[] {
  return Array.isArray(value);
}
