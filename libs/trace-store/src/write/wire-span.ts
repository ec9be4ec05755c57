import { SPAN_KIND } from '@span-links/otlp';
import { WireFields } from './wire-fields.ts';

/**
 * The places of the fields of one span in the bytes of a request, and its small numbers. One object
 * serves all spans, one after the other.
 *
 * It reads the usual form of spans. If a span has anything rare (events, odd ids, unknown fields,
 * counts beyond 31 bits), {@link read} returns false and the span takes the slower object path,
 * which supports everything. This class must therefore be correct only for the spans that it
 * accepts.
 */
export class WireSpan extends WireFields {
  traceId = -1;
  spanId = -1;
  /** -1 on a root. */
  parentSpanId = -1;
  startTime = -1;
  endTime = -1;
  nameStart = 0;
  nameEnd = 0;
  kind = 0;
  statusCode = 0;
  messageStart = 0;
  messageEnd = 0;
  traceStateStart = 0;
  traceStateEnd = 0;
  flags = 0;
  droppedAttributes = 0;
  droppedEvents = 0;
  droppedLinks = 0;
  /** Start and end of each. */
  readonly attributes: number[] = [];
  /** Start and end of each. */
  readonly links: number[] = [];

  /** @returns false if the span has an unusual form; the content of this object is invalid then. */
  read(bytes: Buffer, start: number, end: number): boolean {
    this.#reset();
    this.bytes = bytes;
    this.at = start;
    this.end = end;
    while (this.at < end) if (!this.#field(bytes[this.at++]!)) return false;
    return this.at === end && this.#isSound();
  }

  #reset(): void {
    this.traceId = this.spanId = this.parentSpanId = this.startTime = this.endTime = -1;
    this.nameStart = this.nameEnd = this.messageStart = this.messageEnd = 0;
    this.traceStateStart = this.traceStateEnd = 0;
    this.kind = this.statusCode = this.flags = 0;
    this.droppedAttributes = this.droppedEvents = this.droppedLinks = 0;
    this.attributes.length = this.links.length = 0;
  }

  // Tags are field number * 8 + wire type, as in libs/otlp.
  #field(tag: number): boolean {
    switch (tag) {
      case 10: // trace_id = 1
        return (this.traceId = this.id(16)) >= 0;
      case 18: // span_id = 2
        return (this.spanId = this.id(8)) >= 0;
      case 34: // parent_span_id = 4
        return this.#parent();
      case 42: // name = 5
        if (!this.enter()) return false;
        this.nameStart = this.start;
        this.nameEnd = this.at;
        return true;
      case 48: // kind = 6
        return (this.kind = this.count()) >= 0 && this.kind <= SPAN_KIND.consumer;
      case 57: // start_time_unix_nano = 7
        return (this.startTime = this.fixed(8)) >= 0;
      case 65: // end_time_unix_nano = 8
        return (this.endTime = this.fixed(8)) >= 0;
      case 74: // attributes = 9
        if (!this.enter()) return false;
        this.attributes.push(this.start, this.at);
        return true;
      case 106: // links = 13
        if (!this.enter()) return false;
        this.links.push(this.start, this.at);
        return true;
      case 122: // status = 15
        return this.#status();
      default:
        return this.#rareField(tag);
    }
  }

  #rareField(tag: number): boolean {
    switch (tag) {
      case 26: // trace_state = 3
        if (!this.enter()) return false;
        this.traceStateStart = this.start;
        this.traceStateEnd = this.at;
        return true;
      case 80: // dropped_attributes_count = 10
        return (this.droppedAttributes = this.count()) >= 0;
      case 96: // dropped_events_count = 12
        return (this.droppedEvents = this.count()) >= 0;
      case 112: // dropped_links_count = 14
        return (this.droppedLinks = this.count()) >= 0;
      case 133: {
        // flags = 16, whose tag has two bytes
        const at = this.bytes[this.at++] === 1 ? this.fixed(4) : -1;
        if (at >= 0) this.flags = this.bytes.readInt32LE(at);
        return at >= 0;
      }
      default:
        return false;
    }
  }

  #parent(): boolean {
    if (this.bytes[this.at] !== 0) return (this.parentSpanId = this.id(8)) >= 0;
    this.at++;
    this.parentSpanId = -1;
    return true;
  }

  #status(): boolean {
    if (!this.enter()) return false;
    const outer = this.end;
    this.end = this.at;
    this.at = this.start;
    while (this.at < this.end) {
      const tag = this.bytes[this.at++];
      if (tag === 24) {
        // code = 3
        if ((this.statusCode = this.count()) < 0) return false;
      } else if (tag === 18 && this.enter()) {
        // message = 2
        this.messageStart = this.start;
        this.messageEnd = this.at;
      } else {
        return false;
      }
    }
    const isWhole = this.at === this.end;
    this.end = outer;
    return isWhole;
  }

  /** True if it has ids and times that fit into a column of signed numbers. */
  #isSound(): boolean {
    if (this.traceId < 0 || this.spanId < 0 || this.startTime < 0 || this.endTime < 0) return false;
    return this.bytes[this.startTime + 7]! < 0x80 && this.bytes[this.endTime + 7]! < 0x80;
  }
}
