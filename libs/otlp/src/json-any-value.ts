import { MAX_VALUE_DEPTH, type AnyValue, type Attribute } from './any-value.ts';
import {
  asObject,
  anyIntegerOf,
  JsonFieldError,
  readList,
  readText,
  unexpected,
  within,
  type JsonObject,
} from './json-fields.ts';

const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;
const NUMBER = /^-?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;

/** Reads a list of `KeyValue`. `depth` is the number of arrays and maps around it. */
export function readAttributes(from: JsonObject, key: string, depth = 0): Attribute[] {
  return readList(from, key, (item) => readAttribute(item, depth));
}

function readAttribute(from: JsonObject, depth: number): Attribute {
  const value = from['value'];
  return {
    key: readText(from, 'key'),
    value: value == null ? null : within('.value', () => readAnyValue(asObject(value), depth)),
  };
}

/**
 * The first of several exclusive values in field order counts. `null` is a value that is not set.
 */
export function readAnyValue(from: JsonObject, depth: number): AnyValue {
  if (from['stringValue'] != null) return readText(from, 'stringValue');
  if (from['boolValue'] != null) return readBoolean(from['boolValue']);
  if (from['intValue'] != null) return readInteger(from['intValue']);
  if (from['doubleValue'] != null) return readDouble(from['doubleValue']);
  if (from['arrayValue'] != null) {
    return within('.arrayValue', () => readArray(asObject(from['arrayValue']), depth + 1));
  }
  if (from['kvlistValue'] != null) {
    return { pairs: within('.kvlistValue', () => readPairs(asObject(from['kvlistValue']), depth + 1)) };
  }
  if (from['bytesValue'] != null) return readBytes(from['bytesValue']);
  return null;
}

function readArray(from: JsonObject, depth: number): AnyValue[] {
  refuseTooDeep(depth);
  return readList(from, 'values', (item) => readAnyValue(item, depth));
}

function readPairs(from: JsonObject, depth: number): Attribute[] {
  refuseTooDeep(depth);
  return readAttributes(from, 'values', depth);
}

function refuseTooDeep(depth: number): void {
  if (depth > MAX_VALUE_DEPTH) {
    throw new JsonFieldError('too-deep', '', `a value nests more than ${MAX_VALUE_DEPTH} deep`);
  }
}

function readBoolean(value: unknown): boolean {
  if (typeof value !== 'boolean') throw unexpected('.boolValue', 'a boolean', value);
  return value;
}

/**
 * An int64, or a double if 64 bits are too few: @opentelemetry/otlp-transformer 0.223.1 writes
 * every whole number as `intValue`, even 1e300, and one such attribute must not cost its whole
 * request.
 */
function readInteger(value: unknown): bigint | number {
  const integer = anyIntegerOf(value, '.intValue');
  return BigInt.asIntN(64, integer) === integer ? integer : Number(integer);
}

/**
 * Protobuf's mapping writes values that JSON lacks ("NaN", "Infinity", "-Infinity") as strings, and
 * accepts any number as a string.
 */
function readDouble(value: unknown): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'string' && (NUMBER.test(value) || NOT_JSON_NUMBERS.has(value))) return Number(value);
  throw unexpected('.doubleValue', 'a number', value);
}

const NOT_JSON_NUMBERS = new Set(['NaN', 'Infinity', '-Infinity']);

/** Standard or URL-safe base64, padded or not, as protobuf's mapping allows. */
function readBytes(value: unknown): Uint8Array {
  if (typeof value !== 'string' || !BASE64.test(value)) throw unexpected('.bytesValue', 'base64', value);
  return Uint8Array.from(Buffer.from(value, 'base64'));
}
