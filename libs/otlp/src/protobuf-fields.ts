import { Reader } from 'protobufjs/minimal.js';
import type { Steps } from './loop-turns.ts';
import { OtlpDecodeError, type OtlpDecodeReason } from './otlp-decode-error.ts';
import {
  type AnyValue,
  type Attribute,
  isKeyValueList,
  type KeyValueList,
  MAX_VALUE_DEPTH,
  type Resource,
  type ResourceSpans,
  type Scope,
  type ScopeSpans,
  type TracesRequest,
} from './otlp-model.ts';

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

/**
 * A message while it is being read: the same properties, but writable, with lists that accept
 * `push`.
 */
export type Writable<Message> = {
  -readonly [Key in keyof Message]: Message[Key] extends readonly (infer Item)[] ? Item[] : Message[Key];
};

// Case labels are wire tags (field number * 8 + wire type) as literals, because V8 makes a jump
// table of them. A known field with another wire type has another tag and is skipped like an
// unknown one, as protobuf requires.

/** Reads a `KeyValue`. `depth` is the number of arrays and maps around it. */
export function readAttribute(reader: WireReader, depth = 0): Attribute {
  let key = '';
  let value: AnyValue = null;
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // key = 1
        key = reader.text();
        break;
      case 18: // value = 2
        value = readAnyValue(reader, value, depth);
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return { key, value };
}

/**
 * `earlier` is the value read so far, because protobuf merges a message field that is sent twice.
 * Lists and maps grow in place: a copy per repetition would take quadratic time.
 */
export function readAnyValue(reader: WireReader, earlier: AnyValue, depth: number): AnyValue {
  let value = earlier;
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // string_value = 1
        value = reader.text();
        break;
      case 16: // bool_value = 2
        value = reader.bool();
        break;
      case 24: // int_value = 3
        value = reader.int64Varint();
        break;
      case 33: // double_value = 4
        value = reader.float64();
        break;
      case 42: // array_value = 5
        value = readArray(reader, Array.isArray(value) ? (value as AnyValue[]) : [], depth + 1);
        break;
      case 50: // kvlist_value = 6
        value = readPairs(reader, isKeyValueList(value) ? value : { pairs: [] }, depth + 1);
        break;
      case 58: // bytes_value = 7
        value = reader.bytesCopy();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return value;
}

function readArray(reader: WireReader, values: AnyValue[], depth: number): AnyValue[] {
  refuseTooDeep(reader, depth);
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) values.push(readAnyValue(reader, null, depth));
    else reader.skipField(tag);
  }
  reader.leave(outer);
  return values;
}

function readPairs(reader: WireReader, list: KeyValueList, depth: number): KeyValueList {
  refuseTooDeep(reader, depth);
  const pairs = list.pairs as Attribute[];
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) pairs.push(readAttribute(reader, depth));
    else reader.skipField(tag);
  }
  reader.leave(outer);
  return list;
}

function refuseTooDeep(reader: WireReader, depth: number): void {
  if (depth > MAX_VALUE_DEPTH) {
    throw reader.failure('too-deep', `a value nests more than ${MAX_VALUE_DEPTH} deep`);
  }
}

/** How to read a span: completely, or only its place. */
type SpanReader<SpanForm> = (reader: WireReader) => SpanForm;

/** Reads an `ExportTraceServiceRequest`, with one step per scope. */
export function* readRequest<SpanForm>(
  reader: WireReader,
  readSpan: SpanReader<SpanForm>,
): Steps<TracesRequest<SpanForm>> {
  const resourceSpans: ResourceSpans<SpanForm>[] = [];
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    if (tag === 10) resourceSpans.push(yield* readResourceSpans(reader, readSpan));
    else reader.skipField(tag);
  }
  return { resourceSpans };
}

function* readResourceSpans<SpanForm>(
  reader: WireReader,
  readSpan: SpanReader<SpanForm>,
): Steps<ResourceSpans<SpanForm>> {
  const resource: Writable<Resource> = { attributes: [], droppedAttributesCount: 0 };
  const scopeSpans: ScopeSpans<SpanForm>[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // resource = 1
        readResource(reader, resource);
        yield;
        break;
      case 18: // scope_spans = 2
        scopeSpans.push(readScopeSpans(reader, readSpan));
        yield;
        break;
      case 26: // schema_url = 3
        schemaUrl = reader.text();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return { resource, scopeSpans, schemaUrl };
}

/** Reads into `resource`, because protobuf merges a message field that is sent twice. */
export function readResource(reader: WireReader, resource: Writable<Resource>): void {
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // attributes = 1
        resource.attributes.push(readAttribute(reader));
        break;
      case 16: // dropped_attributes_count = 2
        resource.droppedAttributesCount = reader.uint32();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
}

function readScopeSpans<SpanForm>(reader: WireReader, readSpan: SpanReader<SpanForm>): ScopeSpans<SpanForm> {
  const scope: Writable<Scope> = { name: '', version: '', attributes: [], droppedAttributesCount: 0 };
  const spans: SpanForm[] = [];
  let schemaUrl = '';
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // scope = 1
        readScope(reader, scope);
        break;
      case 18: // spans = 2
        spans.push(readSpan(reader));
        break;
      case 26: // schema_url = 3
        schemaUrl = reader.text();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
  return { scope, spans, schemaUrl };
}

export function readScope(reader: WireReader, scope: Writable<Scope>): void {
  const outer = reader.enter();
  while (reader.pos < reader.len) {
    const tag = reader.tag();
    switch (tag) {
      case 10: // name = 1
        scope.name = reader.text();
        break;
      case 18: // version = 2
        scope.version = reader.text();
        break;
      case 26: // attributes = 3
        scope.attributes.push(readAttribute(reader));
        break;
      case 32: // dropped_attributes_count = 4
        scope.droppedAttributesCount = reader.uint32();
        break;
      default:
        reader.skipField(tag);
    }
  }
  reader.leave(outer);
}
