const KEY = Buffer.from('service.name');
const LONGEST_NAME_BYTES = 255;

/**
 * Finds the value of `service.name` in the first bytes of a request in either encoding. The bytes
 * may be incomplete or broken. It is for messages about an unreadable request: the name is a hint
 * and is not checked further.
 */
export function serviceNameIn(bytes: Uint8Array): string | undefined {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const key = view.indexOf(KEY);
  if (key < 0) return undefined;
  const after = key + KEY.length;
  // In JSON a quote follows the key.
  return view[after] === 0x22 ? inJson(view, after) : inProtobuf(view, after);
}

function inJson(view: Buffer, after: number): string | undefined {
  const text = view.toString('utf8', after + 1, after + 1 + 2 * LONGEST_NAME_BYTES);
  const value = /^\s*,\s*"value"\s*:\s*\{\s*"stringValue"\s*:\s*("(?:[^"\\]|\\.)*")/.exec(text)?.[1];
  if (value === undefined) return undefined;
  try {
    return JSON.parse(value) as string;
  } catch {
    return undefined;
  }
}

/**
 * The value of a `KeyValue` is field 2, and a text in it is field 1. Both have a length of one byte
 * if the name is short.
 */
function inProtobuf(view: Buffer, after: number): string | undefined {
  if (view[after] !== 18 || view[after + 2] !== 10) return undefined;
  const length = view[after + 3] ?? 0;
  if (length > 127 || after + 4 + length > view.length) return undefined;
  return view.toString('utf8', after + 4, after + 4 + length);
}
