import { createTraceState, defaultTextMapGetter, ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { captureTraceContext, carrierOf, parseCarrier } from './carrier.ts';

const TRACE_ID = '0af7651916cd43dd8448eb211c80319c';
const SPAN_ID = 'b7ad6b7169203331';
const TRACEPARENT = `00-${TRACE_ID}-${SPAN_ID}-01`;

const hex = (length: number) =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((d) => d.join(''));

describe('parseCarrier', () => {
  it('reads a carrier object, its JSON text and a bare traceparent alike', () => {
    for (const stored of [
      { traceparent: TRACEPARENT },
      JSON.stringify({ traceparent: TRACEPARENT }),
      TRACEPARENT,
      { traceparent: [TRACEPARENT] },
    ]) {
      const parsed = parseCarrier(stored);
      expect(parsed.verdict).toBe('ok');
      expect(parsed.spanContext).toEqual({
        traceId: TRACE_ID,
        spanId: SPAN_ID,
        traceFlags: 1,
        isRemote: true,
      });
    }
  });

  it.each([
    null,
    undefined,
    {},
    '',
    '   ',
    'null',
    '{}',
    '[]',
    '"{}"',
    [[]],
    { traceparent: '' },
    { traceparent: null },
    { traceparent: [] },
    { traceparent: Buffer.alloc(0) },
    { tracestate: 'a=b' },
    { baggage: 'x=1' },
    { 'x-delivery-count': 2, 'x-death': [{ queue: 'orders' }] },
    new Map([['content-type', 'json']]),
    Buffer.alloc(0),
  ])('calls %j missing', (stored) => {
    expect(parseCarrier(stored).verdict).toBe('missing');
  });

  it.each([
    7,
    true,
    'garbage',
    '{"traceparent": ',
    '[[[[[',
    { traceparent: 42 },
    { traceparent: {} },
    { traceparent: [TRACEPARENT, `00-${TRACE_ID}-${'1'.repeat(16)}-01`] },
    { traceparent: Buffer.alloc(70_000, '0') },
    { traceparent: { type: 'Buffer', data: [48, 300] } },
    { traceparent: TRACEPARENT.toUpperCase() },
    { traceparent: `ff-${TRACE_ID}-${SPAN_ID}-01` },
    { traceparent: `${TRACEPARENT}-more` },
    { traceparent: `00-${TRACE_ID}-${SPAN_ID}` },
    { traceparent: `00-${'zz'.repeat(16)}-${SPAN_ID}-01` },
    { traceparent: `${TRACEPARENT}${' '.repeat(1000)}` },
  ])('calls %j malformed', (stored) => {
    expect(parseCarrier(stored).verdict).toBe('malformed');
  });

  it.each([`00-${'0'.repeat(32)}-${SPAN_ID}-01`, `00-${TRACE_ID}-${'0'.repeat(16)}-01`])(
    'calls the all-zero id in %s invalid',
    (traceparent) => {
      expect(parseCarrier({ traceparent }).verdict).toBe('invalid');
    },
  );

  it('accepts a later version with a suffix, as the recommendation asks', () => {
    expect(parseCarrier({ traceparent: `01-${TRACE_ID}-${SPAN_ID}-01-what-the-future-brings` }).verdict).toBe(
      'ok',
    );
  });

  it('keeps the flags of an unsampled source and drops unknown ones', () => {
    const flagsOf = (flags: string) =>
      parseCarrier({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-${flags}` }).spanContext?.traceFlags;
    expect(flagsOf('00')).toBe(TraceFlags.NONE);
    expect(flagsOf('ff')).toBe(0x03);
  });

  it('keeps whole tracestate members up to 32 and 512 characters', () => {
    const members = Array.from({ length: 40 }, (_, index) => `k${index}=v`);
    const many = parseCarrier({ traceparent: TRACEPARENT, tracestate: members.join(',') }).spanContext;
    expect(many?.traceState?.serialize()).toBe(members.slice(0, 32).join(','));

    const long = parseCarrier({
      traceparent: TRACEPARENT,
      tracestate: `a=1,b=${'x'.repeat(600)},c=3`,
    }).spanContext;
    expect(long?.traceState?.serialize()).toBe('a=1,c=3');
  });

  it('survives an object whose properties throw', () => {
    const hostile = Object.defineProperty({}, 'traceparent', {
      get() {
        throw new Error('no');
      },
      enumerable: true,
    });
    expect(parseCarrier(hostile).verdict).toBe('malformed');
  });

  it('never throws and never yields an invalid context, for any row', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.anything(), fc.record({ traceparent: fc.anything(), tracestate: fc.anything() })),
        (stored) => {
          const parsed = parseCarrier(stored);
          if (parsed.verdict === 'ok')
            expect(trace.setSpanContext(ROOT_CONTEXT, parsed.spanContext)).toBeDefined();
          else expect(parsed.spanContext).toBeUndefined();
        },
      ),
    );
  });

  it("judges a traceparent as the SDK's propagator does", () => {
    const propagator = new W3CTraceContextPropagator();
    const traceparent = fc
      .tuple(
        fc.oneof(fc.constantFrom('00', '01', 'ff', 'FF', '0'), hex(2)),
        fc.oneof(fc.constantFrom('0'.repeat(32), TRACE_ID.toUpperCase()), hex(32), hex(31)),
        fc.oneof(fc.constantFrom('0'.repeat(16)), hex(16), hex(17)),
        fc.oneof(hex(2), fc.constantFrom('0', 'zz')),
        fc.constantFrom('', '-suffix', '-'),
      )
      .map(
        ([version, traceId, spanId, flags, suffix]) => `${version}-${traceId}-${spanId}-${flags}${suffix}`,
      );
    fc.assert(
      fc.property(traceparent, (value) => {
        const extracted = trace.getSpanContext(
          propagator.extract(ROOT_CONTEXT, { traceparent: value }, defaultTextMapGetter),
        );
        const parsed = parseCarrier({ traceparent: value }).spanContext;
        expect(parsed?.traceId).toBe(extracted?.traceId);
        expect(parsed?.spanId).toBe(extracted?.spanId);
      }),
      { numRuns: 2000 },
    );
  });

  it("judges a traceparent with a broken character as the SDK's propagator does, with any blanks around it", () => {
    const propagator = new W3CTraceContextPropagator();
    // Some characters have the lower bits of a digit.
    const character = fc.oneof(
      fc.constantFrom('-', ' ', 'A', 'f', 'g', '0', '/', ':', '`', '\u0131', '\u2030'),
      fc.string(),
    );
    const broken = fc
      .tuple(fc.constantFrom(TRACEPARENT, `01-${TRACE_ID}-${SPAN_ID}-00-x`), fc.nat({ max: 57 }), character)
      .map(([whole, at, put]) => whole.slice(0, at) + put + whole.slice(at + 1));
    const padded = fc
      .tuple(fc.constantFrom('', ' ', '  '), broken, fc.constantFrom('', ' '))
      .map((parts) => parts.join(''));
    fc.assert(
      fc.property(padded, (value) => {
        const extracted = trace.getSpanContext(
          propagator.extract(ROOT_CONTEXT, { traceparent: value.trim() }, defaultTextMapGetter),
        );
        const parsed = parseCarrier({ traceparent: value }).spanContext;
        expect(parsed && [parsed.traceId, parsed.spanId, parsed.traceFlags]).toEqual(
          extracted && [extracted.traceId, extracted.spanId, extracted.traceFlags & 3],
        );
      }),
      { numRuns: 5000 },
    );
  });
});

describe('captureTraceContext', () => {
  it('writes what parseCarrier reads back, for any valid span context', () => {
    const id = (length: number) => hex(length).filter((value) => /[1-9a-f]/.test(value));
    fc.assert(
      fc.property(id(32), id(16), fc.integer({ min: 0, max: 3 }), (traceId, spanId, traceFlags) => {
        const spanContext = { traceId, spanId, traceFlags, traceState: createTraceState('vendor=1,other=2') };
        const carrier = captureTraceContext(trace.setSpanContext(ROOT_CONTEXT, spanContext));
        expect(carrier?.tracestate).toBe('vendor=1,other=2');
        expect(parseCarrier(carrier).spanContext).toMatchObject({ traceId, spanId, traceFlags });
      }),
    );
  });

  it('returns nothing outside of spans', () => {
    expect(captureTraceContext(ROOT_CONTEXT)).toBeUndefined();
  });

  it('always writes two digits of flags', () => {
    const carrier = carrierOf({ traceId: TRACE_ID, spanId: SPAN_ID, traceFlags: 255 });
    expect(carrier).toEqual({ traceparent: `00-${TRACE_ID}-${SPAN_ID}-03` });
  });
});
