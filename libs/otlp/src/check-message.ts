import { OtlpDecodeError } from './otlp-decode-error.ts';
import type { OtlpEncoding } from './otlp-encoding.ts';
import { WireReader } from './wire-reader.ts';

/**
 * Checks that bytes may be a message of any signal, without reading what is in it: the outermost fields of protobuf, the text of
 * JSON. For signals that are accepted and not kept.
 *
 * @throws {OtlpDecodeError}
 */
export function checkMessage(encoding: OtlpEncoding, bytes: Uint8Array): void {
  if (encoding === 'json') checkJson(bytes);
  else checkProtobuf(bytes);
}

function checkProtobuf(bytes: Uint8Array): void {
  const reader = new WireReader(bytes);
  try {
    while (reader.pos < reader.len) reader.skipField(reader.tag());
  } catch (error) {
    throw reader.asDecodeError(error);
  }
}

function checkJson(bytes: Uint8Array): void {
  let document: unknown;
  try {
    document = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    const detail = error instanceof Error ? error.message : 'the text is not JSON';
    throw new OtlpDecodeError('invalid-json', { path: '$' }, detail, error);
  }
  if (typeof document !== 'object' || document === null || Array.isArray(document)) {
    throw new OtlpDecodeError('wrong-type', { path: '$' }, 'the text is no JSON object');
  }
}
