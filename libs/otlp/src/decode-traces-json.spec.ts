import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonOf } from '../test/reference-codec.ts';
import { tracesRequests } from '../test/traces-arbitrary.ts';
import type { AnyValue, Span } from './otlp-model.ts';
import { decodeTracesJson } from './decode-traces-json.ts';
import { OtlpDecodeError } from './otlp-decode-error.ts';

/** A request of one span with this JSON content. */
function requestOf(span: string): string {
  return `{"resourceSpans":[{"scopeSpans":[{"spans":[${span}]}]}]}`;
}

function decodeSpan(span: string): Span {
  return decodeTracesJson(requestOf(span)).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

function decodeValue(anyValue: string): AnyValue {
  return decodeSpan(`{"attributes":[{"key":"key","value":${anyValue}}]}`).attributes[0]!.value;
}

function failureOf(json: string | Uint8Array): OtlpDecodeError {
  try {
    decodeTracesJson(json);
  } catch (error) {
    if (error instanceof OtlpDecodeError) return error;
    throw error;
  }
  throw new Error('The text was accepted');
}

const EMPTY_SPAN: Span = {
  traceId: '',
  spanId: '',
  parentSpanId: undefined,
  traceState: '',
  flags: 0,
  name: '',
  kind: 0,
  startTimeUnixNano: 0n,
  endTimeUnixNano: 0n,
  attributes: [],
  droppedAttributesCount: 0,
  events: [],
  droppedEventsCount: 0,
  links: [],
  droppedLinksCount: 0,
  status: { code: 0, message: '' },
};

describe('decodeTracesJson', () => {
  it('reads every field, from text and from bytes', () => {
    fc.assert(
      fc.property(tracesRequests, (request) => {
        const json = jsonOf(request);
        expect(decodeTracesJson(json)).toEqual(request);
        expect(decodeTracesJson(new TextEncoder().encode(json))).toEqual(request);
      }),
      { numRuns: 300 },
    );
  });

  it('reads a missing or null field as its default', () => {
    expect(decodeTracesJson('{}')).toEqual({ resourceSpans: [] });
    expect(decodeTracesJson('{"resourceSpans":null}')).toEqual({ resourceSpans: [] });
    const nulls = Object.fromEntries(Object.keys(EMPTY_SPAN).map((name) => [name, null]));
    expect(decodeSpan(JSON.stringify(nulls))).toEqual(EMPTY_SPAN);
    expect(decodeSpan('{}')).toEqual(EMPTY_SPAN);
  });

  it('ignores unknown fields, including snake_case names', () => {
    expect(decodeSpan('{"trace_id":"07","spanID":"07","later":{"a":[1]}}')).toEqual(EMPTY_SPAN);
  });

  it('reads ids of upper or lower case as lower case', () => {
    expect(decodeSpan('{"traceId":"5B8EFFF798038103D269B633813FC60C"}').traceId).toBe(
      '5b8efff798038103d269b633813fc60c',
    );
  });

  it('keeps every digit of 64-bit numbers, sent as strings or as numbers', () => {
    const nanos = 1_795_365_280_754_344_235n;
    expect(decodeSpan(`{"startTimeUnixNano":"${nanos}"}`).startTimeUnixNano).toBe(nanos);
    expect(decodeSpan(`{"startTimeUnixNano": ${nanos}}`).startTimeUnixNano).toBe(nanos);
    expect(decodeValue('{"intValue":-9223372036854775808}')).toBe(-(2n ** 63n));
    expect(decodeValue('{"intValue":"9223372036854775807"}')).toBe(2n ** 63n - 1n);
  });

  it('tells an integer from a double', () => {
    expect(decodeValue('{"intValue":1}')).toBe(1n);
    expect(decodeValue('{"doubleValue":1}')).toBe(1);
  });

  it('reads doubles that JSON has no number for', () => {
    expect(decodeValue('{"doubleValue":"NaN"}')).toBeNaN();
    expect(decodeValue('{"doubleValue":"-Infinity"}')).toBe(-Infinity);
    expect(decodeValue('{"doubleValue":"1.5e3"}')).toBe(1500);
    expect(decodeValue('{"doubleValue":12345678901234567890}')).toBe(12345678901234567890);
  });

  it('reads an integer beyond 64 bits as a double, because JavaScript wrote a double', () => {
    expect(decodeValue('{"intValue":1e300}')).toBe(1e300);
    expect(decodeValue('{"intValue":9223372036854775808}')).toBe(2 ** 63);
  });

  it.each(['+/8=', '-_8', '+/8'])('reads base64 in the form %s', (base64) => {
    expect(decodeValue(`{"bytesValue":"${base64}"}`)).toEqual(Uint8Array.from([0xfb, 0xff]));
  });

  it('ignores a __proto__ key', () => {
    const span = decodeSpan(
      '{"__proto__":{"name":"spoilt"},"attributes":[{"key":"__proto__","value":{"intValue":1}}]}',
    );
    expect(span.name).toBe('');
    expect(span.attributes).toEqual([{ key: '__proto__', value: 1n }]);
    expect(({} as Record<string, unknown>)['name']).toBeUndefined();
  });

  it('keeps the order of attributes, and both attributes with one key', () => {
    const attributes =
      '[{"key":"b","value":{"intValue":1}},{"key":"a"},{"key":"b","value":{"boolValue":true}}]';
    expect(decodeSpan(`{"attributes":${attributes}}`).attributes).toEqual([
      { key: 'b', value: 1n },
      { key: 'a', value: null },
      { key: 'b', value: true },
    ]);
  });

  it.each([
    ['{"kind":"SPAN_KIND_SERVER"}', '.kind', 'wrong-type'],
    ['{"kind":1.5}', '.kind', 'wrong-type'],
    ['{"name":5}', '.name', 'wrong-type'],
    ['{"traceId":[1]}', '.traceId', 'wrong-type'],
    ['{"flags":-1}', '.flags', 'out-of-range'],
    ['{"flags":4294967296}', '.flags', 'out-of-range'],
    ['{"startTimeUnixNano":"18446744073709551616"}', '.startTimeUnixNano', 'out-of-range'],
    ['{"startTimeUnixNano":"soon"}', '.startTimeUnixNano', 'wrong-type'],
    ['{"links":{}}', '.links', 'wrong-type'],
    ['{"links":[{},null]}', '.links[1]', 'wrong-type'],
    ['{"status":{"message":true}}', '.status.message', 'wrong-type'],
    [
      '{"events":[{"attributes":[{"key":"a","value":{"boolValue":1}}]}]}',
      '.events[0].attributes[0].value.boolValue',
      'wrong-type',
    ],
    [
      '{"attributes":[{"value":{"arrayValue":{"values":[{"intValue":"x"}]}}}]}',
      '.attributes[0].value.arrayValue.values[0].intValue',
      'wrong-type',
    ],
    ['{"attributes":[{"value":{"bytesValue":"é"}}]}', '.attributes[0].value.bytesValue', 'wrong-type'],
  ])('refuses %s and names the field', (span, path, reason) => {
    const failure = failureOf(requestOf(span));
    expect(failure.reason).toBe(reason);
    expect(failure.where).toEqual({ path: `$.resourceSpans[0].scopeSpans[0].spans[0]${path}` });
  });

  it.each(['', '{', '[1,]', '{"a":01234567890123456789}', 'undefined'])(
    'refuses %j, which is not JSON',
    (text) => {
      expect(failureOf(text)).toMatchObject({ reason: 'invalid-json', where: { path: '$' } });
    },
  );

  it.each(['null', '[]', '"text"', '5'])('refuses %s, which is not a request', (text) => {
    expect(failureOf(text)).toMatchObject({ reason: 'wrong-type', where: { path: '$' } });
  });

  it('replaces bytes of a text that are not UTF-8, and keeps everything else', () => {
    const text = requestOf('{"name":"a?b","attributes":[{"key":"k","value":{"stringValue":"fine"}}]}');
    const bytes = Buffer.from(text);
    bytes[text.indexOf('?')] = 0xff;
    const { name, attributes } = decodeTracesJson(bytes).resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
    expect({ name, attributes }).toEqual({ name: 'a\ufffdb', attributes: [{ key: 'k', value: 'fine' }] });
  });

  it('keeps 48 levels of nesting and refuses more', () => {
    const nested = (depth: number): string =>
      '{"arrayValue":{"values":['.repeat(depth) + '{"boolValue":true}' + ']}}'.repeat(depth);
    expect(() => decodeValue(nested(48))).not.toThrow();
    for (const depth of [49, 100_000]) {
      expect(failureOf(requestOf(`{"attributes":[{"value":${nested(depth)}}]}`)).reason).toBe('too-deep');
    }
  });

  it('only throws its own error on damaged text', () => {
    const damage = fc.record({ request: tracesRequests, at: fc.nat(), to: fc.string({ maxLength: 3 }) });
    let refused = 0;
    fc.assert(
      fc.property(damage, ({ request, at, to }) => {
        const json = jsonOf(request);
        const start = at % json.length;
        try {
          decodeTracesJson(json.slice(0, start) + to + json.slice(start + 1));
        } catch (error) {
          expect(error).toBeInstanceOf(OtlpDecodeError);
          refused++;
        }
      }),
      { numRuns: 1_000 },
    );
    expect(refused).toBeGreaterThan(100);
  });

  it('only throws its own error on JSON of any shape under the names it reads', () => {
    const names = [
      'resourceSpans',
      'scopeSpans',
      'spans',
      'attributes',
      'links',
      'status',
      'value',
      'intValue',
      'key',
    ];
    const shape = fc.letrec<{ any: unknown }>((tie) => ({
      any: fc.oneof(
        { maxDepth: 7 },
        fc.constantFrom(null, true, '', 'x', 5, -1.5, '5'),
        fc.array(tie('any'), { maxLength: 2 }),
        fc.dictionary(fc.constantFrom(...names), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(shape, (value) => {
        try {
          decodeTracesJson(JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans: [value] }] }] }));
        } catch (error) {
          expect(error).toBeInstanceOf(OtlpDecodeError);
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
