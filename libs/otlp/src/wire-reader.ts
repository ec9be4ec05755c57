import { Reader } from 'protobufjs/minimal.js';
import { OtlpDecodeError, type OtlpDecodeReason } from './otlp-decode-error.ts';

const LONG_HALVES = new DataView(new ArrayBuffer(8));

/**
 * protobufjs' wire reader plus the needs of OTLP: reliable message borders, 64-bit numbers as
 * `bigint`, ids as hex, and its own errors.
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
   * Enters a length-delimited message and returns the border of the message around it, for {@link
   * leave}. The border is the reader's own `len`, so every read inside is checked against it. A
   * field that exceeds its message therefore cannot be read, and the decoders need no checks
   * afterwards.
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

  /**
   * A `string`. The specification calls one that is not UTF-8 broken. Its bad bytes become U+FFFD
   * here, because otherwise one attribute of one span would cost the whole request.
   */
  text(): string {
    const start = this.pos;
    try {
      return this.stringVerify();
    } catch (error) {
      if (!isEncodingError(error)) throw error;
      this.pos = start;
      const length = this.size();
      const from = this.pos;
      this.skip(length);
      return this.bytesView.toString('utf8', from, from + length);
    }
  }

  hex(): string {
    const length = this.size();
    const start = this.pos;
    this.skip(length);
    return this.bytesView.toString('hex', start, start + length);
  }

  /**
   * A copy, because a view would keep the whole request in memory as long as one attribute lives.
   */
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
    // Most integers (status codes, sizes, ports) take one or two bytes. uint32 reads those without
    // a Long.
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

  /**
   * Names the errors of protobufjs and the text decoder. Any other error is a defect in this
   * library and passes unchanged.
   */
  asDecodeError(error: unknown): unknown {
    if (error instanceof OtlpDecodeError || !(error instanceof Error)) return error;
    if (error instanceof RangeError) return this.failure('truncated', error.message);
    // protobufjs throws plain errors for an invalid varint, tag, length, group or wire type.
    if (error.constructor === Error) return this.failure('malformed', error.message);
    return error;
  }
}

function isEncodingError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}
