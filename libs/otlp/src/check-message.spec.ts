import { describe, expect, it } from 'vitest';
import { checkMessage } from './check-message.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';

const bytes = (text: string) => new TextEncoder().encode(text);

describe('a message of a signal that is not read', () => {
  it.each([
    ['nothing at all', 'protobuf', Uint8Array.of()],
    ['a field with whatever in it', 'protobuf', Uint8Array.of(0x0a, 2, 0xff, 0xff)],
    ['a field that nobody knows', 'protobuf', Uint8Array.of(0x98, 0x06, 7)],
    ['an object', 'json', bytes('{"resourceMetrics":[{"x":1}]}')],
  ] as const)('may be %s (%s)', (_what, encoding, message) => {
    expect(() => checkMessage(encoding, message)).not.toThrow();
  });

  it.each([
    ['shorter than it says', 'protobuf', Uint8Array.of(0x0a, 9, 1), 'truncated'],
    ['of no wire type there is', 'protobuf', Uint8Array.of(0x0f), 'malformed'],
    ['no JSON', 'json', bytes('{'), 'invalid-json'],
    ['no UTF-8', 'json', Uint8Array.of(0x22, 0xff, 0x22), 'invalid-json'],
    ['a list', 'json', bytes('[]'), 'wrong-type'],
    ['null', 'json', bytes('null'), 'wrong-type'],
  ] as const)('may not be %s (%s)', (_what, encoding, message, reason) => {
    expect(() => checkMessage(encoding, message)).toThrow(OtlpDecodeError);
    expect(() => checkMessage(encoding, message)).toThrow(reason);
  });
});
