import { isKeyValueList, type AnyValue, type Attribute } from '@span-links/otlp';
import { storableText } from './storable-text.ts';

const NEEDS_CARE = /[\0-\x1f"\\\ud800-\udfff]/;

/**
 * Writes values as the plain JSON that `jsonb` columns are searched in, and notices whether it says less than what was sent.
 *
 * Text is put together by hand: objects for JSON.stringify would give the key `__proto__` a meaning and drop repeated keys unseen.
 */
export class PlainJson {
  /** Whether everything so far can be read back from the plain JSON as it was sent. */
  isExact = true;

  attributes(attributes: readonly Attribute[]): string {
    let json = '';
    const keys = attributes.length > 1 ? new Set<string>() : undefined;
    for (const { key, value } of attributes) {
      keys?.add(key);
      json += `${json === '' ? '' : ','}${this.text(key)}:${this.#value(value)}`;
    }
    // jsonb keeps the last of them.
    if (keys !== undefined && keys.size < attributes.length) this.isExact = false;
    return `{${json}}`;
  }

  text(text: string): string {
    if (!NEEDS_CARE.test(text)) return `"${text}"`;
    const storable = storableText(text);
    if (storable !== text) this.isExact = false;
    return JSON.stringify(storable);
  }

  integer(integer: bigint): string {
    // A reader's JSON.parse makes a number of it.
    if (integer > BigInt(Number.MAX_SAFE_INTEGER) || integer < BigInt(Number.MIN_SAFE_INTEGER))
      this.isExact = false;
    return String(integer);
  }

  #value(value: AnyValue): string {
    if (typeof value === 'string') return this.text(value);
    if (typeof value === 'bigint') return this.integer(value);
    if (typeof value === 'boolean' || value === null) return String(value);
    if (typeof value === 'number') return this.#double(value);
    if (isKeyValueList(value)) {
      this.isExact = false;
      return this.attributes(value.pairs);
    }
    if (value instanceof Uint8Array) {
      this.isExact = false;
      return `"${Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')}"`;
    }
    return `[${value.map((item) => this.#value(item)).join(',')}]`;
  }

  #double(double: number): string {
    // Without a fraction it would read as an integer; -0 would lose its sign.
    if (Number.isInteger(double)) this.isExact = false;
    if (Number.isFinite(double)) return String(double);
    this.isExact = false;
    return `"${double}"`;
  }
}
