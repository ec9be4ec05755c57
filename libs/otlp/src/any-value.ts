/**
 * An OTLP `AnyValue` (opentelemetry-proto `common/v1`) as plain JavaScript.
 *
 * `bigint` is an `int64` and `number` a `double`, so that 1 and 1.0 stay different and 64 bits
 * survive. `null` is the empty value. `string_value_strindex` (field 8) belongs to the profiling
 * signal and reads as not set, as the protocol requires of receivers of other signals.
 */
export type AnyValue =
  string | boolean | bigint | number | Uint8Array | readonly AnyValue[] | KeyValueList | null;

/** A nested map. It is a separate object type so that it cannot be mistaken for an array value. */
export interface KeyValueList {
  readonly pairs: readonly Attribute[];
}

/**
 * One key with its value. Attributes are kept as a list of these, not as a `Map` or an object:
 * order and duplicate keys are part of the sent data, no key can reach a prototype, and a list is
 * the cheapest shape to decode into.
 */
export interface Attribute {
  readonly key: string;
  readonly value: AnyValue;
}

/**
 * Arrays and maps may nest this deep inside a value. Parsers with protobuf's usual limit of 100
 * messages take at most 47 levels, so this limit refuses nothing that passes them.
 */
export const MAX_VALUE_DEPTH = 48;

/** True if a value is a nested map (`kvlist_value`). */
export function isKeyValueList(value: AnyValue): value is KeyValueList {
  return typeof value === 'object' && value !== null && 'pairs' in value;
}

/**
 * The value of the last attribute with this key, as readers with a last-one-wins rule see it;
 * `undefined` if there is none.
 */
export function findAttribute(attributes: readonly Attribute[], key: string): AnyValue | undefined {
  return attributes.findLast((attribute) => attribute.key === key)?.value;
}
