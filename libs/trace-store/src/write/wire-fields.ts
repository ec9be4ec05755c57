const MAX_INT32 = 0x7fff_ffff;

/**
 * A position in a protobuf message, with methods that read on from there. A result of -1 or false
 * means that the message is not in the usual form.
 */
export class WireFields {
  bytes: Buffer = Buffer.alloc(0);
  /** The next byte. */
  protected at = 0;
  protected end = 0;
  /** The start of the field that was last {@link enter}ed; it ends at `at`. */
  protected start = 0;

  /** Moves past a field that has a length prefix. */
  protected enter(): boolean {
    const length = this.count();
    this.start = this.at;
    this.at += length;
    return length >= 0 && this.at <= this.end;
  }

  /**
   * @returns the place of an id of this many bytes; -1 if it has another length or is all zeros.
   */
  protected id(length: number): number {
    if (this.bytes[this.at++] !== length) return -1;
    const start = this.fixed(length);
    for (let at = start; at >= 0 && at < start + length; at++) if (this.bytes[at] !== 0) return start;
    return -1;
  }

  /** @returns the place of a field of this many bytes. */
  protected fixed(length: number): number {
    const start = this.at;
    this.at += length;
    return this.at <= this.end ? start : -1;
  }

  /** A varint; -1 if it is more than an `int` column holds. */
  protected count(): number {
    let value = 0;
    for (let factor = 1; factor < 0x10_0000_0000; factor *= 128) {
      if (this.at >= this.end) return -1;
      const byte = this.bytes[this.at++]!;
      value += (byte & 127) * factor;
      if (byte < 128) return value <= MAX_INT32 ? value : -1;
    }
    return -1;
  }
}
