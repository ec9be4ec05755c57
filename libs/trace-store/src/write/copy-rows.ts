/** The header and the trailer of a COPY in binary format (PostgreSQL, "COPY", file header). */
export const COPY_HEADER = Buffer.from('5047434f50590aff0d0a000000000000000000', 'hex');
export const COPY_TRAILER = Buffer.from('ffff', 'hex');

// PostgreSQL counts microseconds from 2000-01-01.
const POSTGRES_EPOCH_MS = 946_684_800_000;
const JSONB_VERSION = 1;
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Rows in the binary format of COPY, in one growing buffer. Rows keep their place and may be
 * patched. Ids that are only known when a transaction begins therefore cost no second encoding,
 * even if the transaction is retried.
 */
export class CopyRows {
  bytes: Buffer;
  length = 0;

  constructor(expectedBytes: number) {
    this.bytes = Buffer.allocUnsafe(Math.max(expectedBytes, 256));
  }

  beginRow(fields: number): void {
    this.room(2);
    this.length = this.bytes.writeInt16BE(fields, this.length);
  }

  null(): void {
    this.#size(-1, 0);
  }

  int16(value: number): void {
    this.#size(2, 2);
    this.length = this.bytes.writeInt16BE(value, this.length);
  }

  int32(value: number): void {
    this.#size(4, 4);
    this.length = this.bytes.writeInt32BE(value, this.length);
  }

  int64(value: bigint): void {
    this.#size(8, 8);
    this.length = this.bytes.writeBigInt64BE(value, this.length);
  }

  timestamp(unixMs: number): void {
    this.#size(8, 8);
    patchInt64(this.bytes, this.length, (unixMs - POSTGRES_EPOCH_MS) * 1000);
    this.length += 8;
  }

  /** A `bytea` or `uuid`, from hex digits. */
  hex(hex: string): void {
    const size = hex.length / 2;
    this.#size(size, size);
    this.length += this.bytes.write(hex, this.length, 'hex');
  }

  /** Writes a `bytea`, a `uuid` or a `text` from bytes of its content. */
  copy(from: Buffer, start: number, size: number): void {
    this.#size(size, size);
    // Copied by hand because a call costs more than the loop for so few bytes.
    for (let i = 0; i < size; i++) this.bytes[this.length + i] = from[start + i]!;
    this.length += size;
  }

  /** A value that is patched later. */
  zeros(size: number): void {
    this.#size(size, size);
    this.bytes.fill(0, this.length, this.length + size);
    this.length += size;
  }

  /**
   * An `int8` from a number in little-endian order, minus another such number that is not greater.
   */
  littleEndian64(from: Buffer, minuendAt: number, subtrahendAt?: number): void {
    this.#size(8, 8);
    let borrow = 0;
    for (let i = 0; i < 8; i++) {
      const digit =
        from[minuendAt + i]! - (subtrahendAt === undefined ? 0 : from[subtrahendAt + i]!) - borrow;
      borrow = digit < 0 ? 1 : 0;
      this.bytes[this.length + 7 - i] = digit & 255;
    }
    this.length += 8;
  }

  /** Begins a `jsonb` whose text is written by hand. @returns the argument for {@link endValue}. */
  beginJsonb(): number {
    this.room(5);
    const start = this.length + 4;
    this.length = this.bytes.writeUInt8(JSONB_VERSION, start);
    return start;
  }

  /** Part of a value that is written by hand: ASCII, of few letters. */
  ascii(text: string): void {
    const { length } = text;
    this.room(length);
    for (let i = 0; i < length; i++) this.bytes[this.length + i] = text.charCodeAt(i);
    this.length += length;
  }

  /**
   * Part of a value that is written by hand: a JSON string, if it is ASCII and needs no escapes.
   *
   * @returns false and writes nothing otherwise.
   */
  quoted(text: string): boolean {
    const { length } = text;
    this.room(length + 2);
    const { bytes } = this;
    let at = this.length;
    bytes[at++] = 0x22;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      if (unit < 0x20 || unit > 0x7f || unit === 0x22 || unit === 0x5c) return false;
      bytes[at++] = unit;
    }
    bytes[at++] = 0x22;
    this.length = at;
    return true;
  }

  /** Part of a value that is written by hand. */
  utf8(text: string): void {
    this.room(text.length * 3);
    this.length += this.bytes.write(text, this.length, 'utf8');
  }

  endValue(start: number): void {
    this.bytes.writeInt32BE(this.length - start, start - 4);
  }

  /** A `text` or `json` without U+0000 and lone surrogates. */
  text(text: string | null): void {
    if (text === null) this.null();
    else this.#sized(text);
  }

  #sized(text: string): void {
    // A UTF-16 unit takes three bytes of UTF-8 at most.
    this.room(4 + text.length * 3);
    const start = this.length + 4;
    this.length = start + this.bytes.write(text, start, 'utf8');
    this.endValue(start);
  }

  #size(size: number, room: number): void {
    this.room(4 + room);
    this.length = this.bytes.writeInt32BE(size, this.length);
  }

  /** Makes room for so many bytes more. */
  room(size: number): void {
    const needed = this.length + size;
    if (needed <= this.bytes.length) return;
    const grown = Buffer.allocUnsafe(Math.max(needed, this.bytes.length * 2));
    this.bytes.copy(grown, 0, 0, this.length);
    this.bytes = grown;
  }
}

/** Writes a safe integer as 64 bits. A BigInt would be garbage for every id. */
export function patchInt64(bytes: Buffer, at: number, value: number): void {
  bytes.writeInt32BE(Math.floor(value / TWO_TO_32), at);
  bytes.writeUInt32BE(value >>> 0, at + 4);
}
