/** The fields of a carrier as they were found. Each value still has the shape that its broker uses. */
export interface CarrierFields {
  traceparent?: unknown;
  tracestate?: unknown;
  baggage?: unknown;
  /** The format of another tracing system, if its headers are there. */
  foreign?: ForeignFormat;
}

/** A propagation format that contains no W3C trace context. */
export type ForeignFormat = 'b3' | 'xray' | 'jaeger';

// More headers than any broker sends. The bound keeps a hostile message cheap.
const HEADERS_MAX = 1_000;
/** The longest name that is searched for, `x-amzn-trace-id`. */
const NAME_LENGTH_MAX = 15;
/** A longer text is no carrier: baggage has at most 8,192 bytes, and all other fields have less. */
export const TEXT_LENGTH_MAX = 65_536;

const FOREIGN_HEADERS: ReadonlyMap<string, ForeignFormat> = new Map([
  ['b3', 'b3'],
  ['x-b3-traceid', 'b3'],
  ['x-amzn-trace-id', 'xray'],
  ['awstraceheader', 'xray'],
  ['uber-trace-id', 'jaeger'],
]);
const FOREIGN_TEXT_LENGTH_MAX = 512;
const B3_SINGLE = /^(?:[\da-f]{16}){1,2}-[\da-f]{16}(?:-[01d](?:-[\da-f]{16})?)?$/i;
const XRAY = /(?:^|;)\s*Root=1-[\da-f]{8}-[\da-f]{24}(?:;|$)/i;
const JAEGER = /^[\da-f]{1,32}:[\da-f]{1,16}:[\da-f]{1,16}:[\da-f]{1,2}$/i;

/**
 * Finds the fields of a trace context in the headers of any broker, with names in any letter case: plain objects,
 * `Map`, `Headers`, the headers of NATS, and lists of pairs, of one-key objects, of `{ key, value }` or of alternating
 * names and values.
 *
 * Throws only if a getter of a hostile object throws.
 */
export function fieldsOf(headers: object): CarrierFields {
  const fields: CarrierFields = {};
  if (Array.isArray(headers)) readList(headers, fields);
  else if (isIterable(headers)) readList(firstOf(headers), fields);
  else readObject(headers as Record<string, unknown>, fields);
  return fields;
}

/**
 * The text of a header's value: a string, bytes, a list of byte values (AWS Lambda), the JSON of a `Buffer`, the attribute of an
 * SQS or SNS message, or a list of such values that are equal.
 *
 * @returns the value itself if it is none of these.
 */
export function textOf(value: unknown, isInner = false): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return decoded(value);
  if (Array.isArray(value)) return textOfList(value, isInner);
  const { StringValue, stringValue, Value, type, data, BinaryValue, binaryValue } = value as Record<
    string,
    unknown
  >;
  const text = StringValue ?? stringValue ?? Value;
  if (typeof text === 'string') return text;
  if (type === 'Buffer' && Array.isArray(data)) return textOfList(data, true);
  const bytes = BinaryValue ?? binaryValue;
  // Lambda encodes the bytes as base64.
  if (typeof bytes === 'string' && bytes.length <= TEXT_LENGTH_MAX) {
    return Buffer.from(bytes, 'base64').toString('latin1');
  }
  return isInner || bytes === undefined ? value : textOf(bytes, true);
}

/** The foreign format of a bare text, if it has one. */
export function foreignFormatOf(text: string): ForeignFormat | undefined {
  if (text.length > FOREIGN_TEXT_LENGTH_MAX) return undefined;
  if (B3_SINGLE.test(text)) return 'b3';
  if (XRAY.test(text)) return 'xray';
  return JAEGER.test(text) ? 'jaeger' : undefined;
}

function textOfList(list: readonly unknown[], isInner: boolean): unknown {
  if (list.length === 0) return undefined;
  if (typeof list[0] === 'number') {
    return list.length <= TEXT_LENGTH_MAX && list.every(isByte) ? decoded(Uint8Array.from(list)) : list;
  }
  if (isInner || list.length > HEADERS_MAX) return list;
  const [first, ...others] = list.map((item) => textOf(item, true));
  // A relay may have copied the header, so equal values count as one value.
  return others.every((text) => text === first) ? first : list;
}

function decoded(bytes: Uint8Array): unknown {
  if (bytes.byteLength > TEXT_LENGTH_MAX) return bytes;
  // A trace context is ASCII, and latin1 can decode any byte.
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function readObject(headers: Record<string, unknown>, fields: CarrierFields): void {
  let count = 0;
  for (const key in headers) {
    if (++count > HEADERS_MAX) break;
    if (key.length <= NAME_LENGTH_MAX) put(key, headers[key], fields);
  }
  if (fields.traceparent !== undefined) return;
  // The getters of a class are not enumerable keys, and some headers only have a method `get`.
  const get = headers['get'];
  const read = (name: string): unknown =>
    typeof get === 'function' ? get.call(headers, name) : headers[name];
  for (const name of ['traceparent', 'Traceparent', 'tracestate', 'Tracestate', 'baggage', 'Baggage']) {
    put(name, read(name), fields);
  }
}

function readList(list: readonly unknown[], fields: CarrierFields): void {
  const end = Math.min(list.length, HEADERS_MAX);
  for (let at = 0; at < end; at++) {
    const item = list[at];
    const isName = typeof item === 'string' || item instanceof Uint8Array;
    if (isName) putNamed(item, list[++at], fields);
    else if (Array.isArray(item)) putNamed(item[0], item[1], fields);
    else if (typeof item === 'object' && item !== null) readElement(item as Record<string, unknown>, fields);
  }
}

function readElement(item: Record<string, unknown>, fields: CarrierFields): void {
  const { key, value } = item;
  const isPair = value !== undefined && (typeof key === 'string' || key instanceof Uint8Array);
  if (isPair) putNamed(key, value, fields);
  else readObject(item, fields);
}

function putNamed(name: unknown, value: unknown, fields: CarrierFields): void {
  const text = textOf(name);
  if (typeof text === 'string' && text.length <= NAME_LENGTH_MAX) put(text, value, fields);
}

/** Keeps the value of a wanted name. The exact name wins over other spellings; among those, the first one wins. */
function put(name: string, value: unknown, fields: CarrierFields): void {
  // An empty value is as good as none, and a function is a method of the headers.
  if (value === undefined || value === null || value === '' || typeof value === 'function') return;
  if (name === 'traceparent' || name === 'tracestate' || name === 'baggage') {
    fields[name] = value;
    return;
  }
  const known = name.toLowerCase();
  if (known === 'traceparent' || known === 'tracestate' || known === 'baggage') {
    fields[known] ??= value;
    return;
  }
  const foreign = FOREIGN_HEADERS.get(known);
  if (foreign !== undefined) fields.foreign ??= foreign;
}

function firstOf(entries: Iterable<unknown>): unknown[] {
  const first: unknown[] = [];
  for (const entry of entries) {
    if (first.length === HEADERS_MAX) break;
    first.push(entry);
  }
  return first;
}

function isIterable(value: object): value is Iterable<unknown> {
  return typeof (value as { [Symbol.iterator]?: unknown })[Symbol.iterator] === 'function';
}
