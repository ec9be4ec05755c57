import { MAX_VALUE_DEPTH } from './otlp-model.ts';
import {
  ARRAY_VALUE,
  type ElementKind,
  type ElementTally,
  KEY_VALUE_LIST,
  type MessageShape,
  VALUES_KIND,
} from './element-limits.ts';
import { OtlpDecodeError, type OtlpDecodeReason } from './otlp-decode-error.ts';

const enum Reads {
  tag,
  varint,
  length,
}

const MAX_VARINT_BYTES = 10;
const WIRE_TYPE = {
  varint: 0,
  fixed64: 1,
  lengthDelimited: 2,
  startGroup: 3,
  endGroup: 4,
  fixed32: 5,
} as const;

/**
 * Counts the elements of a message in protobuf while its bytes arrive, in pieces of any size, and
 * makes no objects of it. It follows the same message borders as the decoders, so they can rely on
 * its counts.
 */
export class ProtobufScan {
  readonly #tally: ElementTally;
  readonly #shapes: MessageShape[];
  readonly #ends: number[] = [Infinity];
  #valueDepth = 0;
  #groupDepth = 0;
  #reads: Reads = Reads.tag;
  #tag = 0;
  #varint = 0;
  #varintBytes = 0;
  #skip = 0;
  #offset = 0;

  constructor(tally: ElementTally, shape: MessageShape) {
    this.#tally = tally;
    this.#shapes = [shape];
  }

  /** Fields have no names in protobuf. */
  get unknownFields(): readonly string[] {
    return [];
  }

  countOf(kind: ElementKind): number {
    return this.#tally.countOf(kind);
  }

  /** @throws TooManyElements or OtlpDecodeError */
  push(chunk: Uint8Array): void {
    const start = this.#offset;
    let at = 0;
    while (at < chunk.length) {
      if (this.#skip > 0) {
        const step = Math.min(this.#skip, chunk.length - at);
        this.#skip -= step;
        at += step;
      } else {
        this.#offset = start + at;
        this.#byte(chunk[at++]!);
      }
    }
    this.#offset = start + chunk.length;
  }

  /** @throws OtlpDecodeError if the message is incomplete */
  end(): void {
    this.#leaveEnded(this.#offset);
    const isWhole = this.#skip === 0 && this.#reads === Reads.tag && this.#varintBytes === 0;
    if (!isWhole || this.#shapes.length > 1 || this.#groupDepth > 0) {
      throw this.#failure('truncated', 'the message ends too early');
    }
  }

  #byte(byte: number): void {
    if (this.#reads === Reads.tag && this.#varintBytes === 0) this.#leaveEnded(this.#offset);
    else if (this.#offset >= this.#ends.at(-1)!)
      throw this.#failure('truncated', 'a field overruns its message');
    // Only lengths and tags matter, and both fit into 32 bits.
    if (this.#varintBytes < 5) this.#varint |= (byte & 127) << (7 * this.#varintBytes);
    this.#varintBytes++;
    if (byte >= 128) {
      // The decoders skip numbers of any length.
      if (this.#reads === Reads.varint) this.#varintBytes = 1;
      else if (this.#varintBytes >= MAX_VARINT_BYTES)
        throw this.#failure('malformed', 'a number has too many bytes');
      return;
    }
    const value = this.#varint >>> 0;
    this.#varint = this.#varintBytes = 0;
    if (this.#reads === Reads.tag) this.#tagRead(value);
    else if (this.#reads === Reads.length) this.#lengthRead(value);
    else this.#reads = Reads.tag;
  }

  #tagRead(tag: number): void {
    this.#tally.addField();
    this.#tag = tag;
    switch (tag & 7) {
      case WIRE_TYPE.varint:
        this.#reads = Reads.varint;
        break;
      case WIRE_TYPE.lengthDelimited:
        this.#reads = Reads.length;
        break;
      case WIRE_TYPE.fixed64:
        this.#skipBytes(8);
        break;
      case WIRE_TYPE.fixed32:
        this.#skipBytes(4);
        break;
      case WIRE_TYPE.startGroup:
        this.#groupDepth++;
        break;
      case WIRE_TYPE.endGroup:
        if (--this.#groupDepth < 0) throw this.#failure('malformed', 'a group ends that did not start');
        break;
      default:
        throw this.#failure('malformed', `there is no wire type ${tag & 7}`);
    }
  }

  #lengthRead(length: number): void {
    this.#reads = Reads.tag;
    const shape = this.#shapes.at(-1)!;
    const field = this.#groupDepth > 0 ? undefined : shape.byNumber[this.#tag >>> 3];
    if (field === undefined) return this.#skipBytes(length);
    const end = this.#endOf(length);
    if (field.kind >= 0) this.#tally.add(field.kind);
    const { message } = field;
    if (message === ARRAY_VALUE || message === KEY_VALUE_LIST) {
      // A repeated list replaces the previous one, whose object was made in vain.
      this.#tally.add(VALUES_KIND);
      if (++this.#valueDepth > MAX_VALUE_DEPTH) {
        throw this.#failure('too-deep', `a value nests more than ${MAX_VALUE_DEPTH} deep`);
      }
    }
    if (message.isItem) this.#tally.startItem();
    this.#shapes.push(message);
    this.#ends.push(end);
  }

  #leaveEnded(offset: number): void {
    while (offset >= this.#ends.at(-1)!) {
      if (this.#groupDepth > 0) throw this.#failure('malformed', 'a group does not end');
      this.#ends.pop();
      const shape = this.#shapes.pop();
      if (shape === ARRAY_VALUE || shape === KEY_VALUE_LIST) this.#valueDepth--;
    }
  }

  #skipBytes(length: number): void {
    this.#endOf(length);
    this.#skip = length;
  }

  /** The end of a field of this length that starts after the byte at the offset. */
  #endOf(length: number): number {
    const end = this.#offset + 1 + length;
    const left = this.#ends.at(-1)! - this.#offset - 1;
    if (length > left)
      throw this.#failure('truncated', `${length} bytes are announced, and ${left} are left`);
    return end;
  }

  #failure(reason: OtlpDecodeReason, detail: string): OtlpDecodeError {
    return new OtlpDecodeError(reason, { offset: this.#offset }, detail);
  }
}
