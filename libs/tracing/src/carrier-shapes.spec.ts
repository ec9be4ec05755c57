import { context, diag, DiagLogLevel, ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { parseCarrier } from './carrier.ts';

type Named = readonly (readonly [name: string, value: unknown])[];

/** The ways in which brokers and runtimes give the value of a header. */
const VALUES: Record<string, (text: string) => unknown> = {
  'a string': (text) => text,
  'a Buffer (kafkajs)': (text) => Buffer.from(text),
  'a Uint8Array (@platformatic/kafka)': (text) => Uint8Array.from(Buffer.from(text)),
  'a list of one string (Go, NATS)': (text) => [text],
  'a list of one Buffer (a repeated Kafka header)': (text) => [Buffer.from(text)],
  'the same value twice': (text) => [text, text],
  'an attribute of SQS': (text) => ({ DataType: 'String', StringValue: text }),
  'an attribute of SQS in Lambda': (text) => ({
    dataType: 'String',
    stringValue: text,
    binaryListValues: [],
  }),
  'an attribute of SNS': (text) => ({ Type: 'String', Value: text }),
  'a binary attribute of SQS': (text) => ({ DataType: 'Binary', BinaryValue: Buffer.from(text) }),
  'a binary attribute of SQS in Lambda': (text) => ({ binaryValue: Buffer.from(text).toString('base64') }),
  'a list of bytes (Kafka in Lambda)': (text) => [...Buffer.from(text)],
  'the JSON of a Buffer': (text) => Buffer.from(text).toJSON(),
};

/** The ways in which brokers and runtimes give the headers of a message. */
const HEADERS: Record<string, (entries: Named) => unknown> = {
  'an object': (entries) => Object.fromEntries(entries),
  'an object without prototype': (entries) =>
    Object.assign(Object.create(null) as object, Object.fromEntries(entries)),
  'a Map': (entries) => new Map(entries),
  'a Map with names as bytes (@platformatic/kafka)': (entries) =>
    new Map(entries.map(([name, value]) => [Buffer.from(name), value])),
  'a list of one-key objects (librdkafka)': (entries) => entries.map(([name, value]) => ({ [name]: value })),
  'a list of pairs': (entries) => entries,
  'a list of { key, value }': (entries) => entries.map(([key, value]) => ({ key, value })),
  'a flat list (Node.js)': (entries) => entries.flat(1),
  'an object with iterator and get (NATS)': (entries) => ({
    get: () => '',
    [Symbol.iterator]: () => entries[Symbol.iterator](),
  }),
  'an object with get alone': (entries) => ({
    get: (name: string) => entries.find(([own]) => own.toLowerCase() === name.toLowerCase())?.[1] ?? null,
  }),
  'JSON text': (entries) => JSON.stringify(Object.fromEntries(entries)),
  'JSON text in JSON text': (entries) => JSON.stringify(JSON.stringify(Object.fromEntries(entries))),
  'the bytes of JSON text': (entries) => Buffer.from(JSON.stringify(Object.fromEntries(entries))),
};

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''))
    .filter((text) => /[1-9a-f]/.test(text));
const spanContext = fc.record({
  traceId: hex(32),
  spanId: hex(16),
  traceFlags: fc.integer({ min: 0, max: 3 }),
});
const spelled = (name: string) =>
  fc
    .array(fc.boolean(), { minLength: name.length, maxLength: name.length })
    .map((upper) => [...name].map((c, at) => (upper[at] ? c.toUpperCase() : c)).join(''));
/** Other headers of a message. The reader must ignore all of them. */
const others = fc.array(
  fc.tuple(fc.constantFrom('x-death', 'content-type', 'Nats-Msg-Id', 'kafka_key', 'trace'), fc.constant('1')),
  { maxLength: 4 },
);

const ACTIVE = { traceId: 'f'.repeat(32), spanId: 'f'.repeat(16), traceFlags: 1 };
const insideSpan = <T>(work: () => T): T => context.with(trace.setSpanContext(ROOT_CONTEXT, ACTIVE), work);

beforeAll(() => context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable()));
afterAll(() => context.disable());

describe.each(Object.keys(HEADERS))('parseCarrier of %s', (headers) => {
  const of = HEADERS[headers]!;

  // JSON turns a Uint8Array into an object that no longer shows its type.
  const values = Object.keys(VALUES).filter(
    (value) => !(headers.includes('JSON') && value.includes('Uint8Array')),
  );

  it.each(values)('reads a name in any letter case, with the value as %s', (value) => {
    fc.assert(
      fc.property(
        spanContext,
        spelled('traceparent'),
        spelled('tracestate'),
        others,
        (span, name, state, more) => {
          const traceparent = `00-${span.traceId}-${span.spanId}-0${span.traceFlags}`;
          const entries: Named = [
            ...more,
            [name, VALUES[value]!(traceparent)],
            [state, VALUES[value]!('vendor=1')],
          ];
          const parsed = insideSpan(() => parseCarrier(of(entries)));
          expect(parsed.verdict).toBe('ok');
          expect(parsed.spanContext).toMatchObject(span);
          expect(parsed.spanContext?.traceState?.serialize()).toBe('vendor=1');
        },
      ),
      { numRuns: 30 },
    );
  });

  it('calls headers without a traceparent missing, even inside a span', () => {
    fc.assert(
      fc.property(others, (entries) => {
        expect(insideSpan(() => parseCarrier(of(entries)))).toEqual({ verdict: 'missing' });
      }),
      { numRuns: 30 },
    );
  });

  it('calls a wrong traceparent malformed, and never throws', () => {
    const noTraceparent = fc.oneof(
      fc.integer(),
      fc.boolean(),
      fc.string({ minLength: 1 }).filter((text) => text.trim() !== ''),
      fc.constant({ some: 'object' }),
    );
    fc.assert(
      fc.property(noTraceparent, others, (value, more) => {
        const parsed = insideSpan(() => parseCarrier(of([...more, ['traceparent', value]])));
        expect(parsed).toEqual({ verdict: 'malformed' });
      }),
      { numRuns: 100 },
    );
  });
});

describe('parseCarrier', () => {
  it('reads fetch Headers, for which names have no letter case', () => {
    const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;
    expect(parseCarrier(new Headers({ TraceParent: traceparent })).spanContext?.traceId).toBe('a'.repeat(32));
  });

  it('prefers the exact name to another spelling of it', () => {
    const of = (digit: string) => `00-${digit.repeat(32)}-${digit.repeat(16)}-01`;
    for (const headers of [
      { Traceparent: of('1'), traceparent: of('2') },
      { traceparent: of('2'), Traceparent: of('1') },
    ]) {
      expect(parseCarrier(headers).spanContext?.spanId).toBe('2'.repeat(16));
    }
  });

  it('never throws and never reads the active context, for any input', () => {
    const hostile = fc.anything({
      withBigInt: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withSet: true,
      withTypedArray: true,
      withSparseArray: true,
      key: fc.oneof(fc.constantFrom('traceparent', 'Traceparent', 'get', 'key', 'value', 'b3'), fc.string()),
    });
    fc.assert(
      fc.property(hostile, (stored) => {
        const parsed = insideSpan(() => parseCarrier(stored));
        expect(parsed.spanContext?.spanId).not.toBe(ACTIVE.spanId);
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes a bounded time for nested lists and for a list that contains itself', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle, cycle);
    let nested: unknown = 'x';
    for (let depth = 0; depth < 200; depth++) nested = [nested, nested];
    for (const value of [cycle, nested]) {
      expect(parseCarrier({ traceparent: value }).verdict).toBe('malformed');
      expect(parseCarrier(value).verdict).toBe('missing');
    }
  });

  it('reads endless headers only up to the limit', () => {
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield ['name', 'value'];
      },
    };
    expect(parseCarrier(endless).verdict).toBe('missing');
  });

  it.each([
    [{ b3: `${'a'.repeat(32)}-${'b'.repeat(16)}-1` }, 'b3'],
    [`${'a'.repeat(16)}-${'b'.repeat(16)}-1-${'c'.repeat(16)}`, 'b3'],
    [{ 'X-B3-TraceId': 'a'.repeat(32), 'X-B3-SpanId': 'b'.repeat(16) }, 'b3'],
    [{ 'X-Amzn-Trace-Id': `Root=1-5759e988-${'b'.repeat(24)};Parent=${'c'.repeat(16)};Sampled=1` }, 'xray'],
    [{ AWSTraceHeader: { StringValue: `Root=1-5759e988-${'b'.repeat(24)}` } }, 'xray'],
    [`Root=1-5759e988-${'b'.repeat(24)};Parent=${'c'.repeat(16)};Sampled=1`, 'xray'],
    [{ 'uber-trace-id': `${'a'.repeat(32)}:${'b'.repeat(16)}:0:1` }, 'jaeger'],
    [new Map([['b3', Buffer.from(`${'a'.repeat(32)}-${'b'.repeat(16)}-1`)]]), 'b3'],
  ])('calls %j unsupported and names its format', (stored, format) => {
    expect(parseCarrier(stored)).toEqual({ verdict: 'unsupported', format });
  });

  it('reads the traceparent even if another format is there', () => {
    const headers = { b3: '0', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` };
    expect(parseCarrier(headers).verdict).toBe('ok');
  });

  it('explains once per format how to convert it', async () => {
    vi.resetModules();
    const { parseCarrier: parse } = await import('./carrier.ts');
    const said: string[] = [];
    const logger = { error: vi.fn(), info: vi.fn(), debug: vi.fn(), verbose: vi.fn() };
    diag.setLogger({ ...logger, warn: (text: string) => said.push(text) }, DiagLogLevel.WARN);
    for (let i = 0; i < 3; i++) parse({ b3: '0' });
    diag.disable();
    expect(said).toHaveLength(1);
    expect(said[0]).toMatch(/B3.*OTEL_PROPAGATORS=tracecontext,b3.*carrierOf/);
  });
});
