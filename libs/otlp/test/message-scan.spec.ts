import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeTracesJson } from '../src/decode-traces-json.ts';
import { decodeTracesProtobuf } from '../src/decode-traces-protobuf.ts';
import {
  DEFAULT_ELEMENT_LIMITS,
  ELEMENT_KINDS,
  type ElementKind,
  type ElementLimits,
  ElementTally,
  NO_ELEMENT_LIMITS,
  TRACES_REQUEST,
  UNREAD_REQUEST,
} from '../src/element-limits.ts';
import { type AnyValue, type Attribute, isKeyValueList, type TracesRequest } from '../src/otlp-model.ts';
import { JsonScan } from '../src/json-scan.ts';
import { scanMessage } from '../src/message-scan.ts';
import { OtlpDecodeError } from '../src/otlp-decode-error.ts';
import type { OtlpEncoding } from '../src/otlp-signal.ts';
import { ProtobufScan } from '../src/protobuf-scan.ts';
import { encodeByReference } from './reference-codec.ts';
import { tracesRequests } from './traces-arbitrary.ts';

/** Pushes bytes in pieces of these sizes, repeatedly. */
function push(scan: { push(chunk: Uint8Array): void }, bytes: Uint8Array, sizes: readonly number[]): void {
  for (let at = 0, turn = 0; at < bytes.length; turn++) {
    const size = sizes[turn % sizes.length]!;
    scan.push(bytes.subarray(at, at + size));
    at += size;
  }
}

const pieces = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 5 });

/**
 * The elements of a decoded request. Lists themselves count too, because each can be sent many
 * times.
 */
function elementsOf({
  resourceSpans,
}: TracesRequest): Record<Exclude<ElementKind, 'values' | 'dataPoints' | 'logRecords'>, number> {
  const count = { resources: 0, scopes: 0, spans: 0, attributes: 0, events: 0, links: 0 };
  const addValue = (value: AnyValue): void => {
    if (Array.isArray(value)) (value as AnyValue[]).forEach(addValue);
    else if (isKeyValueList(value)) addAll(value.pairs);
  };
  const addAll = (attributes: readonly Attribute[]) => {
    count.attributes += attributes.length;
    for (const { value } of attributes) addValue(value);
  };
  for (const { resource, scopeSpans } of resourceSpans) {
    count.resources++;
    addAll(resource.attributes);
    for (const { scope, spans } of scopeSpans) {
      count.scopes++;
      addAll(scope.attributes);
      for (const span of spans) {
        count.spans++;
        addAll(span.attributes);
        for (const event of span.events) addAll(event.attributes);
        for (const link of span.links) addAll(link.attributes);
        count.events += span.events.length;
        count.links += span.links.length;
      }
    }
  }
  return count;
}

const counted = (tally: ElementTally) =>
  Object.fromEntries(
    ELEMENT_KINDS.filter((kind) => kind !== 'values' && kind !== 'dataPoints' && kind !== 'logRecords').map(
      (kind) => [kind, tally.countOf(kind)],
    ),
  );

describe('the scan of protobuf', () => {
  it('counts what the decoder makes, for any pieces', () => {
    fc.assert(
      fc.property(tracesRequests, pieces, (traces, sizes) => {
        const bytes = encodeByReference(traces);
        const tally = new ElementTally(NO_ELEMENT_LIMITS);
        const scan = new ProtobufScan(tally, TRACES_REQUEST);
        push(scan, bytes, sizes);
        scan.end();
        expect(counted(tally)).toEqual(elementsOf(decodeTracesProtobuf(bytes)));
      }),
      { numRuns: 500 },
    );
  });

  it('skips a number of any length, like the decoder', () => {
    const bytes = Uint8Array.of(10, 14, 0x78, ...Array<number>(12).fill(0x80), 0);
    expect(decodeTracesProtobuf(bytes).resourceSpans).toHaveLength(1);
    const tally = new ElementTally(NO_ELEMENT_LIMITS);
    const scan = new ProtobufScan(tally, TRACES_REQUEST);
    push(scan, bytes, [3]);
    scan.end();
    expect(tally.countOf('resources')).toBe(1);
  });

  it('accepts all damaged bytes that the decoder accepts, and counts no less', () => {
    const damage = fc.array(fc.record({ at: fc.nat(), byte: fc.nat(255) }), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(tracesRequests, damage, pieces, (traces, changes, sizes) => {
        const bytes = Uint8Array.from(encodeByReference(traces));
        if (bytes.length === 0) return;
        for (const { at, byte } of changes) bytes[at % bytes.length] = byte;
        let decoded: TracesRequest;
        try {
          decoded = decodeTracesProtobuf(bytes);
        } catch {
          return;
        }
        const tally = new ElementTally(NO_ELEMENT_LIMITS);
        const scan = new ProtobufScan(tally, TRACES_REQUEST);
        push(scan, bytes, sizes);
        scan.end();
        for (const [kind, count] of Object.entries(elementsOf(decoded))) {
          expect(tally.countOf(kind as ElementKind)).toBeGreaterThanOrEqual(count);
        }
      }),
      { numRuns: 3_000 },
    );
  }, 60_000);
});

describe('the scan of JSON', () => {
  const scanOf = (text: string, sizes: readonly number[], shape = UNREAD_REQUEST) => {
    const bytes = Buffer.from(text);
    const tally = new ElementTally(NO_ELEMENT_LIMITS);
    const scan = new JsonScan(tally, shape);
    push(scan, bytes, sizes);
    scan.end();
    return tally;
  };

  it('accepts only the objects that JSON.parse accepts', () => {
    const json = fc.json({ maxDepth: 5 }).map((text) => `{"a":${text}, "b" : [ ${text} ,1e-5,-0.5E+3]}`);
    const changes = fc.array(
      fc.record({
        at: fc.nat(),
        text: fc.constantFrom(
          '',
          '"',
          '\\',
          '{',
          '}',
          '[',
          ']',
          ',',
          ':',
          '0',
          '-',
          '.',
          'e',
          'n',
          'u',
          '\n',
          '\u0001',
          ' ',
        ),
      }),
      { maxLength: 2 },
    );
    fc.assert(
      fc.property(json, changes, pieces, (sound, edits, sizes) => {
        let text = sound;
        for (const { at, text: put } of edits) {
          const place = at % (text.length + 1);
          text = text.slice(0, place) + put + text.slice(place + (at % 2));
        }
        text = Buffer.from(text).toString(); // lone surrogates cannot be sent
        let isObject = false;
        try {
          const value: unknown = JSON.parse(text);
          isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
        } catch {
          // no JSON
        }
        if (isObject) scanOf(text, sizes);
        else expect(() => scanOf(text, sizes)).toThrow(OtlpDecodeError);
      }),
      { numRuns: 5_000 },
    );
  });

  it('counts what the decoder makes, for any pieces and any spelling of keys', () => {
    const attributes = [
      {
        key: 'a',
        value: { arrayValue: { values: [{ intValue: 1 }, { kvlistValue: { values: [{ key: 'b' }] } }] } },
      },
      { key: 'c' },
    ];
    const links = [{ traceId: '', attributes }, {}];
    const span = { name: '"}],{[', attributes, links, events: [{ attributes }], unknown: [[1], { a: 2 }] };
    const text = JSON.stringify({
      resourceSpans: [
        {
          resource: { attributes },
          scopeSpans: [{ scope: { name: 'ä', attributes }, spans: [span, {}] }, {}],
        },
        { scopeSpans: null },
      ],
    });
    const escaped = text
      .replaceAll('"spans"', '"\\u0073pans"')
      .replaceAll('"attributes"', '"attri\\u0062utes"')
      .replaceAll('"resourceSpans"', '"\\u0072esourceSpans"');
    expect(elementsOf(decodeTracesJson(text))).toEqual({
      resources: 2,
      scopes: 2,
      spans: 2,
      attributes: 15,
      events: 1,
      links: 2,
    });
    for (const one of [text, escaped, `\ufeff ${text}\r\n`]) {
      expect(decodeTracesJson(one)).toEqual(decodeTracesJson(text));
      for (const size of [1, 2, 3, 7, 1_000]) {
        expect(counted(scanOf(one, [size], TRACES_REQUEST))).toEqual(elementsOf(decodeTracesJson(text)));
      }
    }
  });

  it('takes the last of two lists with one name, like JSON.parse', () => {
    const text =
      '{"resourceSpans":[{},{}],"resourceSpans":[{"scopeSpans":[{},{}],"scopeSpans":[{"spans":[{"name":"a"}]}]}]}';
    const { resourceSpans } = decodeTracesJson(text);
    expect(resourceSpans).toHaveLength(1);
    expect(resourceSpans[0]?.scopeSpans[0]?.spans).toMatchObject([{ name: 'a' }]);
  });
});

describe('the limits of a request', () => {
  const repeated = (count: number, ...bytes: number[]) =>
    Buffer.alloc(count * bytes.length, Buffer.from(bytes));
  const field = (number: number, content: Buffer) => {
    const length = [];
    for (let rest = content.length; ; rest = Math.floor(rest / 128)) {
      length.push(rest < 128 ? rest : (rest & 127) | 128);
      if (rest < 128) break;
    }
    return Buffer.concat([Buffer.from([8 * number + 2, ...length]), content]);
  };
  const inSpan = (content: Buffer) => field(1, field(2, field(2, content)));
  const inValue = (content: Buffer) => inSpan(field(9, field(2, content)));
  const MANY = 700_000;
  const text = (before: string, item: string, after: string) =>
    Buffer.from(`${before}${Array(MANY).fill(item).join(',')}${after}`);
  const spanText = (before: string, item: string, after: string) =>
    text(`{"resourceSpans":[{"scopeSpans":[{"spans":[{${before}`, item, `${after}}]}]}]}`);

  it.each<[keyof ElementLimits, OtlpEncoding, Buffer]>([
    ['resources', 'protobuf', repeated(MANY, 0x0a, 0)],
    ['scopes', 'protobuf', field(1, repeated(MANY, 0x12, 0))],
    ['spans', 'protobuf', field(1, field(2, repeated(MANY, 0x12, 0)))],
    ['fieldsPerItem', 'protobuf', inSpan(repeated(MANY, 0x4a, 0))],
    ['attributes', 'protobuf', Buffer.concat(Array(60).fill(inSpan(repeated(20_000, 0x4a, 0))))],
    ['attributes', 'protobuf', Buffer.concat(Array(60).fill(field(1, field(1, repeated(20_000, 0x0a, 0)))))],
    ['attributes', 'protobuf', Buffer.concat(Array(60).fill(inValue(field(6, repeated(20_000, 0x0a, 0)))))],
    ['values', 'protobuf', Buffer.concat(Array(60).fill(inValue(field(5, repeated(20_000, 0x0a, 0)))))],
    ['values', 'protobuf', Buffer.concat(Array(60).fill(inValue(repeated(20_000, 0x2a, 0))))],
    ['events', 'protobuf', inSpan(repeated(MANY, 0x5a, 0))],
    ['links', 'protobuf', inSpan(repeated(MANY, 0x6a, 0))],
    ['fieldsPerItem', 'protobuf', inSpan(repeated(MANY, 0x0a, 0))],
    ['fieldsPerItem', 'protobuf', repeated(MANY, 0x7a, 0)],
    ['resources', 'json', text('{"resourceSpans":[', '{}', ']}')],
    ['scopes', 'json', text('{"resourceSpans":[{"scopeSpans":[', '{}', ']}]}')],
    ['spans', 'json', text('{"resourceSpans":[{"scopeSpans":[{"spans":[', '{}', ']}]}]}')],
    ['events', 'json', spanText('"events":[', '{}', ']')],
    ['links', 'json', spanText('"links":[', '{}', ']')],
    ['fieldsPerItem', 'json', spanText('"attributes":[', '{}', ']')],
    ['fieldsPerItem', 'json', spanText('', '"a":1', '')],
    ['fieldsPerItem', 'json', text('{"other":[', '{}', ']}')],
  ])('stop at %s in %s', (limit, encoding, bytes) => {
    const scan = scanMessage('traces', encoding, DEFAULT_ELEMENT_LIMITS);
    expect(() => push(scan, bytes, [65_536])).toThrow(`limit ${limit}`);
  });

  it('count the data points of metrics in either encoding', () => {
    const dataPoints = '"dataPoints":[{"asInt":1,"attributes":[{"key":"a"}]},{}]';
    const json = Buffer.from(
      `{"resourceMetrics":[{"scopeMetrics":[{"metrics":[{"gauge":{${dataPoints}}},{"histogram":{${dataPoints}}}]}]}]}`,
    );
    const points = Buffer.concat([field(1, Buffer.alloc(0)), field(1, Buffer.alloc(0))]);
    const metrics = Buffer.concat([field(2, field(5, points)), field(2, field(9, points))]);
    for (const [encoding, bytes] of [
      ['json', json],
      ['protobuf', field(1, field(2, metrics))],
    ] as const) {
      const scan = scanMessage('metrics', encoding, DEFAULT_ELEMENT_LIMITS);
      push(scan, bytes, [7]);
      scan.end();
      expect(scan.countOf('dataPoints')).toBe(4);
    }
  });

  it('count the records of logs in either encoding', () => {
    const json = Buffer.from(
      '{"resourceLogs":[{"scopeLogs":[{"logRecords":[{"body":{"stringValue":"a"}},{}]}]}]}',
    );
    const records = Buffer.concat([field(2, Buffer.alloc(0)), field(2, Buffer.alloc(0))]);
    for (const [encoding, bytes] of [
      ['json', json],
      ['protobuf', field(1, field(2, records))],
    ] as const) {
      const scan = scanMessage('logs', encoding, DEFAULT_ELEMENT_LIMITS);
      push(scan, bytes, [7]);
      scan.end();
      expect(scan.countOf('logRecords')).toBe(2);
    }
  });

  it('also bound the signals that are not kept', () => {
    for (const signal of ['logs', 'metrics'] as const) {
      const lists = scanMessage(signal, 'json', DEFAULT_ELEMENT_LIMITS);
      expect(() => lists.push(Buffer.alloc(1_000_000, '['))).toThrow('too-deep');
      const fields = scanMessage(signal, 'protobuf', DEFAULT_ELEMENT_LIMITS);
      expect(() => fields.push(repeated(MANY, 0x0a, 0))).toThrow('limit resources');
    }
  });

  it('allow 48 nested lists in either encoding, and no more', () => {
    const json = (depth: number) =>
      `{"resourceSpans":[{"resource":{"attributes":[{"value":${'{"arrayValue":{"values":['.repeat(depth)}${']}}'.repeat(depth)}}]}}]}`;
    expect(() => decodeTracesJson(json(48))).not.toThrow();
    expect(() => decodeTracesJson(json(49))).toThrow('too-deep');
    const protobuf = (depth: number) => {
      let value = Buffer.alloc(0);
      for (let n = 0; n < depth; n++) value = field(5, n === 0 ? value : field(1, value));
      return inSpan(field(9, field(2, value)));
    };
    const scan = (depth: number) =>
      scanMessage('traces', 'protobuf', DEFAULT_ELEMENT_LIMITS).push(protobuf(depth));
    expect(() => scan(48)).not.toThrow();
    expect(() => scan(49)).toThrow('too-deep');
  });
});
