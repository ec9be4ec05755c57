import type { OtlpDecodeReason } from './otlp-decode-error.ts';

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
export function integerOf(value: unknown, path: string, min: bigint, max: bigint): bigint {
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
export function anyIntegerOf(value: unknown, path: string): bigint {
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
