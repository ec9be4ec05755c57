import { isUtf8 } from 'node:buffer';
import type { AttributeHashes } from './attribute-hash.ts';
import type { CopyRows } from './copy-rows.ts';

const TWO_TO_53 = 2 ** 53;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
/** All pairs of keys are compared, which is cheap for the usual number of attributes. */
const MAX_KEYS = 64;
const HEX_ZERO = 0x30;

/**
 * Turns protobuf attributes into the plain JSON of `jsonb` columns, byte by byte and without
 * intermediate strings. It refuses everything that plain JSON cannot hold exactly (see {@link
 * PlainJson}) and everything that needs escapes.
 */
export class WireJson {
  #bytes: Buffer = Buffer.alloc(0);
  #out: Buffer = Buffer.alloc(0);
  #at = 0;
  #hashes: AttributeHashes | undefined;
  /** True if the last written text is ASCII. */
  #isAscii = true;
  readonly #keys = new Int32Array(MAX_KEYS);
  readonly #double = new DataView(new ArrayBuffer(8));

  /**
   * @param places start and end of each `KeyValue` in `bytes`
   * @param hashes gets the hashes of the attributes, if given
   * @returns false if the object could not be written; the new content of `rows` and `hashes` is
   * invalid then.
   */
  write(bytes: Buffer, places: readonly number[], rows: CopyRows, hashes?: AttributeHashes): boolean {
    const count = places.length / 2;
    if (count > MAX_KEYS) return false;
    this.#bytes = bytes;
    this.#hashes = hashes;
    // No byte on the wire becomes more than three (an empty key with a boolean: six become nine).
    // The exception is doubles: eleven become 26.
    rows.room(3 * (places.at(-1)! - places[0]! + 2 * count) + 64);
    this.#out = rows.bytes;
    this.#at = rows.length;
    this.#out[this.#at++] = 0x7b;
    for (let index = 0; index < count; index++) {
      if (index > 0) this.#out[this.#at++] = 0x2c;
      if (!this.#attribute(places[2 * index]!, places[2 * index + 1]!, index)) return false;
    }
    this.#out[this.#at++] = 0x7d;
    rows.length = this.#at;
    return true;
  }

  /** A key, then a value, each once: every encoder writes them like this. */
  #attribute(start: number, end: number, index: number): boolean {
    const bytes = this.#bytes;
    if (bytes[start] !== 10) return false;
    const keyLength = bytes[start + 1]!;
    const keyStart = start + 2;
    const valueTag = keyStart + keyLength;
    if (keyLength > 127 || valueTag >= end || bytes[valueTag] !== 18) return false;
    const hash = this.#text(keyStart, valueTag);
    if (hash === undefined || !this.#isNewKey(hash, index)) return false;
    this.#hashes?.begin();
    this.#hashText(keyStart, valueTag);
    this.#out[this.#at++] = 0x3a;
    const valueStart = this.#lengthEndsAt(valueTag + 1, end);
    return valueStart >= 0 && this.#value(valueStart, end);
  }

  /**
   * Compares keys by their hashes. Two keys with the same hash count as repeated, which only costs
   * time.
   */
  #isNewKey(hash: number, index: number): boolean {
    for (let other = 0; other < index; other++) if (this.#keys[other] === hash) return false;
    this.#keys[index] = hash;
    return true;
  }

  #value(start: number, end: number): boolean {
    switch (this.#bytes[start]!) {
      case 10: {
        const text = this.#lengthEndsAt(start + 1, end);
        if (text < 0 || this.#text(text, end) === undefined) return false;
        this.#hashes?.beginString();
        this.#hashText(text, end);
        this.#hashes?.endString();
        return true;
      }
      case 16:
        return end === start + 2 && this.#boolean(this.#bytes[start + 1]!);
      case 24:
        return this.#integer(start + 1, end);
      case 33:
        return end === start + 9 && this.#finiteFraction(start + 1);
      default:
        return false;
    }
  }

  /** @returns the place after a length; -1 if the length does not reach exactly to the end. */
  #lengthEndsAt(start: number, end: number): number {
    let length = 0;
    let at = start;
    for (let factor = 1; at < end && factor < 0x1000_0000; factor *= 128) {
      const byte = this.#bytes[at++]!;
      length += (byte & 127) * factor;
      if (byte < 128) return at + length === end ? at : -1;
    }
    return -1;
  }

  /** @returns a hash; `undefined` if the text needs escapes or is not UTF-8. */
  #text(start: number, end: number): number | undefined {
    const bytes = this.#bytes;
    const out = this.#out;
    let to = this.#at;
    let seen = 0;
    let hash = end - start;
    out[to++] = QUOTE;
    for (let at = start; at < end; at++) {
      const byte = bytes[at]!;
      if (byte < 0x20 || byte === QUOTE || byte === BACKSLASH) return undefined;
      out[to++] = byte;
      seen |= byte;
      hash = Math.imul(hash ^ byte, 0x01000193);
    }
    out[to++] = QUOTE;
    this.#at = to;
    this.#isAscii = seen < 0x80;
    return this.#isAscii || isUtf8(bytes.subarray(start, end)) ? hash : undefined;
  }

  #hashText(start: number, end: number): void {
    if (this.#isAscii) this.#hashes?.ascii(this.#bytes, start, end);
    else this.#hashes?.text(this.#bytes.toString('utf8', start, end));
  }

  #boolean(byte: number): boolean {
    if (byte > 1) return false;
    this.#hashes?.endBoolean(byte === 1);
    this.#at += this.#out.write(byte === 1 ? 'true' : 'false', this.#at, 'latin1');
    return true;
  }

  /** Only numbers from 0 to below 2^53, because a reader's JSON.parse rounds larger ones. */
  #integer(start: number, end: number): boolean {
    let value = 0;
    let factor = 1;
    let at = start;
    for (; at < end; at++, factor *= 128) {
      const byte = this.#bytes[at]!;
      value += (byte & 127) * factor;
      if (byte < 128) break;
    }
    if (at !== end - 1 || end - start > 8 || value >= TWO_TO_53) return false;
    this.#hashes?.endNumber(value);
    if (value < 10) this.#out[this.#at++] = HEX_ZERO + value;
    else this.#digits(value);
    return true;
  }

  #digits(value: number): void {
    let length = 1;
    for (let limit = 10; limit <= value; limit *= 10) length++;
    let rest = value;
    for (let at = this.#at + length - 1; at >= this.#at; at--) {
      const next = Math.floor(rest / 10);
      // The order matters: with the sum first, the result would be rounded near 2^53.
      this.#out[at] = HEX_ZERO + (rest - next * 10);
      rest = next;
    }
    this.#at += length;
  }

  #finiteFraction(start: number): boolean {
    for (let i = 0; i < 8; i++) this.#double.setUint8(i, this.#bytes[start + i]!);
    const value = this.#double.getFloat64(0, true);
    if (!Number.isFinite(value) || Number.isInteger(value)) return false;
    this.#hashes?.endNumber(value);
    this.#at += this.#out.write(String(value), this.#at, 'latin1');
    return true;
  }
}
