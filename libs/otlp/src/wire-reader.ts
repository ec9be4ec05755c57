import { Reader } from 'protobufjs/minimal.js';
import { OtlpDecodeError, type OtlpDecodeReason } from './otlp-decode-error.ts';

const LONG_HALVES = new DataView(new ArrayBuffer(8));

/**
 * protobufjs' wire reader with what OTLP needs on top: message borders that hold, 64-bit numbers as `bigint`, ids
 * as hex, and errors of our own.
 */
export class WireReader extends Reader {
  private readonly bytesView: Buffer;
  private readonly numbersView: DataView;

  constructor(bytes: Uint8Array) {
    super(bytes);
    this.bytesView = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.numbersView = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /**
   * Enters a length-delimited message and returns the border of the one around it, for {@link leave}. The border is the
   * reader's own `len`, so every read inside is checked against it: a field that overruns its message cannot be read,
   * where a check after the fact would have to be remembered in each decoder.
   */
  enter(): number {
    const outer = this.len;
    const length = this.size();
    if (length > outer - this.pos) {
      throw this.failure('truncated', `a message of ${length} bytes has ${outer - this.pos} left`);
    }
    this.len = this.pos + length;
    return outer;
  }

  leave(outer: number): void {
    this.len = outer;
  }

  skipField(tag: number): void {
    this.skipType(tag & 7, 0, tag >>> 3);
  }

  hex(): string {
    const length = this.size();
    const start = this.pos;
    this.skip(length);
    return this.bytesView.toString('hex', start, start + length);
  }

  /** A copy, since a view would keep the whole request in memory for as long as one attribute lives. */
  bytesCopy(): Uint8Array {
    return Uint8Array.from(this.bytes());
  }

  uint64Fixed(): bigint {
    const start = this.pos;
    this.skip(8);
    return this.numbersView.getBigUint64(start, true);
  }

  float64(): number {
    const start = this.pos;
    this.skip(8);
    return this.numbersView.getFloat64(start, true);
  }

  int64Varint(): bigint {
    // Most integers (status codes, sizes, ports) take one or two bytes; uint32 reads those without a Long in between.
    const first = this.pos;
    if (first + 1 < this.len && (this.buf[first]! < 128 || this.buf[first + 1]! < 128)) {
      return BigInt(this.uint32());
    }
    const long = this.int64();
    LONG_HALVES.setInt32(0, long.low, true);
    LONG_HALVES.setInt32(4, long.high, true);
    return LONG_HALVES.getBigInt64(0, true);
  }

  failure(reason: OtlpDecodeReason, detail: string): OtlpDecodeError {
    return new OtlpDecodeError(reason, { offset: this.pos }, detail);
  }

  /** Names what protobufjs and the text decoder threw; anything else is a defect of ours and passes unchanged. */
  asDecodeError(error: unknown): unknown {
    if (error instanceof OtlpDecodeError || !(error instanceof Error)) return error;
    if ('code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      return this.failure('invalid-utf8', 'a string is not UTF-8');
    }
    if (error instanceof RangeError) return this.failure('truncated', error.message);
    // protobufjs throws plain errors for a varint, tag, length, group or wire type that cannot be.
    if (error.constructor === Error) return this.failure('malformed', error.message);
    return error;
  }
}
