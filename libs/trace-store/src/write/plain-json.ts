import { isKeyValueList, type AnyValue, type Attribute } from '@span-links/otlp';
import { CopyRows } from './copy-rows.ts';
import { storableText } from './storable-text.ts';

const NEEDS_CARE = /[\0-\x1f"\\\ud800-\udfff]/;
// Below this length, a loop over the units is faster than a regular expression and Buffer.write;
// above, it is slower.
const SHORT = 48;
const MAX_SAFE = BigInt(Number.MAX_SAFE_INTEGER);
const MIN_SAFE = BigInt(Number.MIN_SAFE_INTEGER);

/** The attributes as a separate text, for rows that are written once. */
export function plainJsonText(attributes: readonly Attribute[]): { json: string; isExact: boolean } {
  const rows = new CopyRows(256);
  const plain = new PlainJson(rows);
  plain.attributes(attributes);
  return { json: rows.bytes.toString('utf8', 0, rows.length), isExact: plain.isExact };
}

/**
 * Writes values as the plain JSON of the searchable `jsonb` columns, and detects if it says less
 * than what was sent.
 *
 * It builds text by hand because objects for JSON.stringify would give the key `__proto__` a
 * meaning and silently drop repeated keys. It writes straight into the row because strings in
 * between cost as much again (10 instead of 6 µs a span, November 2026).
 */
export class PlainJson {
  /** True if the plain JSON so far can be read back exactly as it was sent. */
  isExact = true;
  readonly #rows: CopyRows;

  constructor(rows: CopyRows) {
    this.#rows = rows;
  }

  attributes(attributes: readonly Attribute[]): void {
    const rows = this.#rows;
    rows.ascii('{');
    for (let index = 0; index < attributes.length; index++) {
      const { key, value } = attributes[index]!;
      if (index > 0) rows.ascii(',');
      this.text(key);
      rows.ascii(':');
      this.#value(value);
    }
    rows.ascii('}');
    // jsonb keeps only the last of them.
    if (this.isExact && hasRepeatedKey(attributes)) this.isExact = false;
  }

  text(text: string): void {
    if (text.length <= SHORT && this.#rows.quoted(text)) return;
    if (NEEDS_CARE.test(text)) {
      const storable = storableText(text);
      if (storable !== text) this.isExact = false;
      this.#rows.utf8(JSON.stringify(storable));
    } else {
      this.#rows.ascii('"');
      this.#rows.utf8(text);
      this.#rows.ascii('"');
    }
  }

  integer(integer: bigint): void {
    // A reader's JSON.parse rounds it.
    if (integer > MAX_SAFE || integer < MIN_SAFE) this.isExact = false;
    this.#rows.ascii(String(integer));
  }

  #value(value: AnyValue): void {
    if (typeof value === 'string') this.text(value);
    else if (typeof value === 'bigint') this.integer(value);
    else if (typeof value === 'boolean' || value === null) this.#rows.ascii(String(value));
    else if (typeof value === 'number') this.#double(value);
    else if (isKeyValueList(value)) {
      this.isExact = false;
      this.attributes(value.pairs);
    } else if (value instanceof Uint8Array) {
      this.isExact = false;
      const base64 = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64');
      this.#rows.ascii(`"${base64}"`);
    } else {
      this.#array(value);
    }
  }

  #array(values: readonly AnyValue[]): void {
    this.#rows.ascii('[');
    values.forEach((item, index) => {
      if (index > 0) this.#rows.ascii(',');
      this.#value(item);
    });
    this.#rows.ascii(']');
  }

  #double(double: number): void {
    // Without a fraction it would read as an integer; -0 would lose its sign.
    if (Number.isInteger(double)) this.isExact = false;
    if (Number.isFinite(double)) {
      this.#rows.ascii(String(double));
    } else {
      this.isExact = false;
      this.#rows.ascii(`"${double}"`);
    }
  }
}

/** For the usual number of attributes, comparing all pairs takes less time than making a set. */
function hasRepeatedKey(attributes: readonly Attribute[]): boolean {
  if (attributes.length > 16) return new Set(attributes.map(({ key }) => key)).size < attributes.length;
  for (let one = 1; one < attributes.length; one++) {
    for (let other = 0; other < one; other++)
      if (attributes[one]!.key === attributes[other]!.key) return true;
  }
  return false;
}
