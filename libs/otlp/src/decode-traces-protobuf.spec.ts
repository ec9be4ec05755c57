import fc from 'fast-check';
import { Writer } from 'protobufjs/minimal.js';
import { describe, expect, it } from 'vitest';
import { decodeByReference, encodeByReference } from '../test/reference-codec.ts';
import { tracesRequests } from '../test/traces-arbitrary.ts';
import type { AnyValue, Span, TracesRequest } from './otlp-model.ts';
import { decodeTracesProtobuf } from './decode-traces-protobuf.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';

const LEN = 2;

/** A length-delimited field. */
function field(number: number, ...content: Uint8Array[]): Uint8Array {
  return Writer.create()
    .uint32(number * 8 + LEN)
    .bytes(Buffer.concat(content))
    .finish();
}

function text(number: number, value: string): Uint8Array {
  return field(number, Buffer.from(value));
}

function varint(number: number, value: number): Uint8Array {
  return Writer.create()
    .uint32(number * 8)
    .uint32(value)
    .finish();
}

/** A request of one span with this content. */
function requestOf(...span: Uint8Array[]): Uint8Array {
  return field(1, field(2, field(2, ...span)));
}

function spanIn(request: TracesRequest): Span {
  return request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

function decodeSpan(...span: Uint8Array[]): Span {
  return spanIn(decodeTracesProtobuf(requestOf(...span)));
}

/** The value of a span's attribute whose AnyValue has this content. */
function decodeValue(...anyValue: Uint8Array[]): AnyValue {
  return decodeSpan(field(9, text(1, 'key'), field(2, ...anyValue))).attributes[0]!.value;
}

function failureOf(bytes: Uint8Array): OtlpDecodeError {
  try {
    decodeTracesProtobuf(bytes);
  } catch (error) {
    if (error instanceof OtlpDecodeError) return error;
    throw error;
  }
  throw new Error('The bytes were accepted');
}

describe('decodeTracesProtobuf', () => {
  it('reads every field as another encoder writes it', () => {
    fc.assert(
      fc.property(tracesRequests, (request) => {
        expect(decodeTracesProtobuf(encodeByReference(request))).toEqual(request);
      }),
      { numRuns: 300 },
    );
  });

  it('reads zero bytes as an empty request', () => {
    expect(decodeTracesProtobuf(new Uint8Array())).toEqual({ resourceSpans: [] });
  });

  it('reads a request inside a larger buffer', () => {
    const bytes = requestOf(field(1, Buffer.alloc(16, 7)), text(5, 'receive-order'));
    const larger = Buffer.concat([Buffer.alloc(3, 0xff), bytes, Buffer.alloc(3, 0xff)]);
    const span = spanIn(decodeTracesProtobuf(larger.subarray(3, 3 + bytes.length)));
    expect(span).toMatchObject({ traceId: '07'.repeat(16), name: 'receive-order' });
  });

  it('keeps no view of the request in a bytes value', () => {
    const bytes = requestOf(field(9, text(1, 'key'), field(2, field(7, Buffer.from([1, 2, 3])))));
    const { value } = spanIn(decodeTracesProtobuf(bytes)).attributes[0]!;
    bytes.fill(0);
    expect(value).toEqual(Uint8Array.from([1, 2, 3]));
  });

  it('keeps all 32 bits of the flags', () => {
    const flags = Writer.create().uint32(133).fixed32(0xffff_ff03).finish();
    expect(decodeSpan(flags).flags).toBe(0xffff_ff03);
  });

  it('skips unknown fields of every wire type, including groups', () => {
    const unknown = [
      Writer.create()
        .uint32(100 * 8)
        .uint64(2 ** 40)
        .finish(),
      Writer.create()
        .uint32(100 * 8 + 1)
        .fixed64(5)
        .finish(),
      field(100, Buffer.from('later')),
      Writer.create()
        .uint32(100 * 8 + 3)
        .uint32(8)
        .uint32(1)
        .uint32(100 * 8 + 4)
        .finish(),
      Writer.create()
        .uint32(100 * 8 + 5)
        .fixed32(5)
        .finish(),
    ];
    expect(decodeSpan(...unknown, text(5, 'receive-order'), ...unknown).name).toBe('receive-order');
  });

  it('skips a known field with a wrong wire type', () => {
    expect(decodeSpan(varint(5, 7), text(5, 'receive-order'), text(6, 'kind')).name).toBe('receive-order');
  });

  it('merges a message that is sent twice', () => {
    const status = [field(15, varint(3, 2)), field(15, text(2, 'no stock'))];
    expect(decodeSpan(...status).status).toEqual({ code: 2, message: 'no stock' });
    const one = field(5, field(1, varint(2, 1)));
    expect(decodeValue(one, one)).toEqual([true, true]);
    const pair = field(6, field(1, text(1, 'a')));
    expect(decodeValue(pair, pair)).toEqual({
      pairs: [
        { key: 'a', value: null },
        { key: 'a', value: null },
      ],
    });
  });

  it('takes the last of several exclusive values', () => {
    expect(decodeValue(text(1, 'first'), varint(2, 1))).toBe(true);
  });

  it('reads the references of the profiling signal as not set', () => {
    expect(decodeValue(varint(8, 4))).toBeNull();
    expect(decodeSpan(field(9, varint(3, 4), field(2, varint(2, 1)))).attributes).toEqual([
      { key: '', value: true },
    ]);
  });

  it('keeps 48 levels of nesting and refuses the 49th', () => {
    const nested = (depth: number): Uint8Array => {
      let value: Uint8Array = varint(2, 1);
      for (let i = 0; i < depth; i++) value = field(5, field(1, value));
      return value;
    };
    expect(() => decodeValue(nested(48))).not.toThrow();
    const tooDeep = requestOf(field(9, field(2, nested(49))));
    expect(failureOf(tooDeep).reason).toBe('too-deep');
  });

  it('also refuses any depth of nesting by maps and by groups', () => {
    let maps: Uint8Array = varint(2, 1);
    for (let i = 0; i < 2_000; i++) maps = field(6, field(1, field(2, maps)));
    expect(failureOf(requestOf(field(9, field(2, maps)))).reason).toBe('too-deep');
    expect(failureOf(Buffer.alloc(100_000, 11)).reason).toBe('malformed');
  });

  it.each([
    ['a message that is cut off', Buffer.from([10, 5, 1]), 'truncated'],
    ['a message that reaches past the one around it', Buffer.from([10, 2, 18, 1, 18, 0]), 'truncated'],
    ['a string that reaches past its message', Buffer.from([10, 2, 26, 1, 65]), 'truncated'],
    ['a fixed number that reaches past its message', requestOf(Buffer.from([57, 1, 2, 3])), 'truncated'],
    ['a varint without an end', requestOf(Buffer.from([48, 0x80])), 'truncated'],
    [
      'a varint of eleven bytes',
      requestOf(Buffer.from([48, ...Array<number>(10).fill(0x80), 1])),
      'malformed',
    ],
    ['field number 0', Buffer.from([2, 0]), 'malformed'],
    ['wire type 7', Buffer.from([15, 0]), 'malformed'],
    ['a group that nobody opened', Buffer.from([12]), 'malformed'],
    ['a group that is never closed', Buffer.from([11]), 'truncated'],
  ])('refuses %s', (_, bytes, reason) => {
    expect(failureOf(bytes).reason).toBe(reason);
  });

  it.each([
    ['short', Buffer.from([0x61, 0xff, 0x62]), 'a\ufffdb'],
    ['long', Buffer.alloc(200, 0xc3), '\ufffd'.repeat(200)],
  ])('replaces the bytes of a %s text that are not UTF-8, and continues', (_, text, name) => {
    const bytes = requestOf(Buffer.concat([field(5, text), field(3, Buffer.from('next'))]));
    const span = decodeTracesProtobuf(bytes).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
    expect(span).toMatchObject({ name, traceState: 'next' });
  });

  it('reports where it stopped', () => {
    const failure = failureOf(Buffer.from([10, 5, 1]));
    expect(failure.where).toEqual({ offset: 2 });
    expect(failure.message).toContain('truncated at byte 2');
  });

  it('agrees with the reference on damaged bytes, and only throws its own error', () => {
    const damage = fc.record({
      request: tracesRequests,
      cutAt: fc.option(fc.nat(), { nil: undefined }),
      flips: fc.array(fc.record({ at: fc.nat(), to: fc.nat(255) }), { maxLength: 3 }),
    });
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ request, cutAt, flips }) => {
        const bytes = Uint8Array.from(encodeByReference(request));
        for (const { at, to } of flips) if (bytes.length > 0) bytes[at % bytes.length] = to;
        const damaged = cutAt === undefined ? bytes : bytes.subarray(0, cutAt % (bytes.length + 1));
        const reference = outcome(() => decodeByReference(damaged));
        const ours = outcome(() => decodeTracesProtobuf(damaged));
        if (isEncodingError(reference.error) && ours.request !== undefined) {
          // The reference refuses a request with a text that is not UTF-8. The decoder replaces the
          // bad bytes.
          expect(JSON.stringify(ours.request, textOfBigint)).toContain('\ufffd');
          return;
        }
        expect(ours.request).toEqual(reference.request);
        if (ours.request !== undefined) accepted++;
        else {
          refused++;
          expect(ours.error).toBeInstanceOf(OtlpDecodeError);
        }
      }),
      { numRuns: 1_500 },
    );
    // Checks that enough requests were accepted and refused.
    expect(accepted).toBeGreaterThan(100);
    expect(refused).toBeGreaterThan(100);
  });

  it('only throws its own error on random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const { error } = outcome(() => decodeTracesProtobuf(bytes));
        if (error !== undefined) expect(error).toBeInstanceOf(OtlpDecodeError);
      }),
      { numRuns: 1_500 },
    );
  });
});

function outcome(decode: () => TracesRequest): { request?: TracesRequest; error?: unknown } {
  try {
    return { request: decode() };
  } catch (error) {
    return { error };
  }
}

function isEncodingError(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA';
}

function textOfBigint(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value;
}
