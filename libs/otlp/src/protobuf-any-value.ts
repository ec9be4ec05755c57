import {
  isKeyValueList,
  MAX_VALUE_DEPTH,
  type AnyValue,
  type Attribute,
  type KeyValueList,
} from './any-value.ts';
import type { WireReader } from './wire-reader.ts';

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
