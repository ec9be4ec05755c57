const MAX_INT32 = 0x7fff_ffff;

/** A place in a message in protobuf, and how to go on from there. Answers of -1 or false mean that it is not as it nearly always is. */
export class WireFields {
  bytes: Buffer = Buffer.alloc(0);
  /** The next byte. */
  protected at = 0;
  protected end = 0;
  /** Where the field that was last {@link enter}ed begins; it ends at `at`. */
  protected start = 0;

  /** Past a field that says its length first. */
  protected enter(): boolean {
    const length = this.count();
    this.start = this.at;
    this.at += length;
    return length >= 0 && this.at <= this.end;
  }

  /** @returns where an id of so many bytes stands; -1 where it has another length or is all zeros. */
  protected id(length: number): number {
    if (this.bytes[this.at++] !== length) return -1;
    const start = this.fixed(length);
    for (let at = start; at >= 0 && at < start + length; at++) if (this.bytes[at] !== 0) return start;
    return -1;
  }

  /** @returns where a field of so many bytes stands. */
  protected fixed(length: number): number {
    const start = this.at;
    this.at += length;
    return this.at <= this.end ? start : -1;
  }

  /** A varint; -1 where it is more than an `int` column holds. */
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
