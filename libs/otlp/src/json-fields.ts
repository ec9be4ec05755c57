import type { OtlpDecodeReason } from './otlp-decode-error.ts';
import { type AnyValue, type Attribute, MAX_VALUE_DEPTH } from './otlp-model.ts';

/** A parsed JSON object. Fields are read by fixed camelCase names only, none of which `Object.prototype` has. */
export type JsonObject = Readonly<Record<string, unknown>>;

/**
 * A field that cannot be read. {@link readList} and {@link readMessage} extend the path while the
 * error passes through them, so decoding a valid request needs no paths.
 */
export class JsonFieldError extends Error {
  readonly reason: OtlpDecodeReason;
  path: string;

  constructor(reason: OtlpDecodeReason, path: string, detail: string) {
    super(detail);
    this.reason = reason;
    this.path = path;
  }
}

/** Runs `read` and puts `segment` in front of the path of its error. */
export function within<Result>(segment: string, read: () => Result): Result {
  try {
    return read();
  } catch (error) {
    if (error instanceof JsonFieldError) error.path = `${segment}${error.path}`;
    throw error;
  }
}

export function asObject(value: unknown): JsonObject {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw unexpected('', 'an object', value);
  return value as JsonObject;
}

/** A repeated field. Missing and `null` are the empty list, as in protobuf's JSON mapping. */
export function readList<Item>(from: JsonObject, key: string, read: (item: JsonObject) => Item): Item[] {
  const list = from[key] ?? [];
  if (!Array.isArray(list)) throw unexpected(`.${key}`, 'a list', list);
  let index = 0;
  try {
    const items: Item[] = [];
    for (; index < list.length; index++) items.push(read(asObject(list[index])));
    return items;
  } catch (error) {
    if (error instanceof JsonFieldError) error.path = `.${key}[${index}]${error.path}`;
    throw error;
  }
}

/** A single message field. Missing and `null` are the message with all its defaults. */
export function readMessage<Message>(
  from: JsonObject,
  key: string,
  read: (item: JsonObject) => Message,
): Message {
  return within(`.${key}`, () => read(asObject(from[key] ?? {})));
}

export function readText(from: JsonObject, key: string): string {
  const value = from[key] ?? '';
  if (typeof value !== 'string') throw unexpected(`.${key}`, 'a string', value);
  return value;
}

/**
 * An id as lower-case hex. Text that is not hex stays as it is: judgeSpan refuses that span but not
 * its neighbours.
 */
export function readId(from: JsonObject, key: string): string {
  return readText(from, key).toLowerCase();
}

/** A `uint32` or `fixed32`. */
export function readCount(from: JsonObject, key: string): number {
  const value = from[key];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 0xffff_ffff)
    return value;
  return value == null ? 0 : Number(integerOf(value, `.${key}`, 0n, 0xffff_ffffn));
}

/**
 * An enum: only integers, because OTLP/JSON forbids the names that protobuf's own mapping allows.
 */
export function readEnum(from: JsonObject, key: string): number {
  const value = from[key] ?? 0;
  if (typeof value !== 'number') throw unexpected(`.${key}`, 'an integer (names are not allowed)', value);
  return Number(integerOf(value, `.${key}`, -0x8000_0000n, 0x7fff_ffffn));
}

/** A `fixed64` of nanoseconds. */
export function readNanos(from: JsonObject, key: string): bigint {
  const value = from[key];
  return value == null ? 0n : integerOf(value, `.${key}`, 0n, 0xffff_ffff_ffff_ffffn);
}

/** An integer within bounds. */
function integerOf(value: unknown, path: string, min: bigint, max: bigint): bigint {
  const integer = anyIntegerOf(value, path);
  if (integer < min || integer > max) {
    throw new JsonFieldError('out-of-range', path, `${integer} is not between ${min} and ${max}`);
  }
  return integer;
}

/**
 * An integer of any size, as a JSON number, or as a decimal string as in protobuf's mapping of 64
 * bits.
 */
function anyIntegerOf(value: unknown, path: string): bigint {
  if (
    typeof value === 'number' ? Number.isInteger(value) : typeof value === 'string' && INTEGER.test(value)
  ) {
    return BigInt(value as number | string);
  }
  throw unexpected(path, 'an integer', value);
}

/** JavaScript writes no integer with more digits, and BigInt takes quadratic time for more. */
const INTEGER = /^-?[0-9]{1,21}$/;

export function unexpected(path: string, wanted: string, got: unknown): JsonFieldError {
  const kind = got === null ? 'null' : Array.isArray(got) ? 'a list' : typeof got;
  return new JsonFieldError('wrong-type', path, `expected ${wanted}, got ${kind}`);
}

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

/**
 * Integers of 16 or more digits may be above 2^53, where `JSON.parse` rounds them: a nanosecond
 * timestamp that is sent as a number loses its last digits. Node.js 20 has no reviver with the
 * source text, so such numbers become strings first. A request without any pays for one scan, a
 * tenth of its parse (0.5 of 4.3 ms for 512 spans, 437 kB, November 2026).
 */
const LONG_INTEGER = /^-?[1-9][0-9]{15,}$/;
const LONG_INTEGER_MAYBE = /[:,[\s]-?[1-9][0-9]{15}/;
const NUMBER_TOKEN = /[0-9.eE+-]+/y;

/**
 * Like `JSON.parse`, but integers of 16 or more digits become strings of their digits.
 *
 * @throws {SyntaxError}
 */
export function parseLosslessJson(text: string): unknown {
  return JSON.parse(LONG_INTEGER_MAYBE.test(text) ? quoteLongIntegers(text) : text);
}

function quoteLongIntegers(text: string): string {
  let quoted = '';
  let copied = 0;
  let at = 0;
  while (at < text.length) {
    const character = text.charAt(at);
    if (character === '"') {
      at = endOfString(text, at);
      continue;
    }
    NUMBER_TOKEN.lastIndex = at;
    const token = STARTS_NUMBER.has(character) ? NUMBER_TOKEN.exec(text)?.[0] : undefined;
    if (token !== undefined && LONG_INTEGER.test(token)) {
      quoted += `${text.slice(copied, at)}"${token}"`;
      copied = at + token.length;
    }
    at += token?.length ?? 1;
  }
  return quoted + text.slice(copied);
}

const STARTS_NUMBER = new Set('-0123456789');

/**
 * The place after the closing quote: the first quote with an even number of backslashes before it.
 */
function endOfString(text: string, start: number): number {
  let quote = start;
  for (;;) {
    quote = text.indexOf('"', quote + 1);
    if (quote < 0) return text.length;
    let backslashes = 0;
    while (text.charAt(quote - 1 - backslashes) === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}
