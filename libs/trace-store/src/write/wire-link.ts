import { WireFields } from './wire-fields.ts';

/**
 * The places of the fields of one link in the bytes of a request. Like {@link WireSpan}, it only
 * reads the usual form.
 */
export class WireLink extends WireFields {
  traceId = -1;
  spanId = -1;
  traceStateStart = 0;
  traceStateEnd = 0;
  flags = 0;
  droppedAttributes = 0;
  /** Start and end of each. */
  readonly attributes: number[] = [];

  /** @returns false if the link has an unusual form; the content of this object is invalid then. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.traceId = this.spanId = -1;
    this.traceStateStart = this.traceStateEnd = this.flags = this.droppedAttributes = 0;
    this.attributes.length = 0;
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    while (this.at < end) if (!this.#field(bytes[this.at++]!)) return false;
    return this.at === end && this.traceId >= 0 && this.spanId >= 0;
  }

  #field(tag: number): boolean {
    switch (tag) {
      case 10: // trace_id = 1
        return (this.traceId = this.id(16)) >= 0;
      case 18: // span_id = 2
        return (this.spanId = this.id(8)) >= 0;
      case 26: // trace_state = 3
        if (!this.enter()) return false;
        this.traceStateStart = this.start;
        this.traceStateEnd = this.at;
        return true;
      case 34: // attributes = 4
        if (!this.enter()) return false;
        this.attributes.push(this.start, this.at);
        return true;
      case 40: // dropped_attributes_count = 5
        return (this.droppedAttributes = this.count()) >= 0;
      case 53: {
        // flags = 6
        const at = this.fixed(4);
        if (at >= 0) this.flags = this.bytes.readInt32LE(at);
        return at >= 0;
      }
      default:
        return false;
    }
  }
}
