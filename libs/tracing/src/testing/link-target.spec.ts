import { ROOT_CONTEXT, trace } from '@opentelemetry/api';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { carrierOf } from '../carrier.ts';
import { linkTargetOf } from './link-target.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;
const other = `00-${'1'.repeat(32)}-${'2'.repeat(16)}-01`;

describe('linkTargetOf', () => {
  it.each([
    ['a span context', { traceId, spanId, traceFlags: 1 }],
    ['a span of the API', trace.wrapSpanContext({ traceId, spanId, traceFlags: 0 })],
    ['a traceparent', traceparent],
    ['a carrier', { traceparent, tracestate: 'vendor=1' }],
    ['the JSON text of a carrier', JSON.stringify({ traceparent })],
    ['a row with a jsonb column', { id: 7, items: [{ sku: 'a' }], trace_context: { traceparent } }],
    ['a row with a text column', { id: 7, note: '00-11', traceContext: JSON.stringify({ traceparent }) }],
    ['a message with headers', { key: null, headers: { traceparent } }],
    ['a row with the same carrier twice', { traceparent: null, first: traceparent, last: { traceparent } }],
  ])('takes %s', (_, value) => {
    expect(linkTargetOf(value)).toMatchObject({ traceId, spanId });
  });

  it('takes a span of the SDK, with its name', () => {
    const span = new BasicTracerProvider().getTracer('t').startSpan('receive-order', {}, ROOT_CONTEXT);
    const { traceId, spanId } = span.spanContext();
    expect(linkTargetOf(span)).toEqual({ traceId, spanId, known: 'receive-order' });
  });

  it('knows a row by its id, even if it has a name', () => {
    const row = { id: 'order-17', name: 'Ada', context: { traceparent } };
    expect(linkTargetOf(row)).toEqual({ traceId, spanId, known: 'id order-17' });
  });

  it.each([
    undefined,
    null,
    '',
    17,
    {},
    [],
    { id: 'order-17', traceContext: null },
    { traceparent: traceparent.toUpperCase() },
    { traceId: '0'.repeat(32), spanId: '0'.repeat(16) },
    trace.wrapSpanContext({ traceId: '0'.repeat(32), spanId, traceFlags: 0 }),
    { size: 1n },
  ])('refuses a value that names no span: %s', (value) => {
    expect(() => linkTargetOf(value)).toThrow(/^This names no span/);
  });

  it('refuses a row that holds the contexts of two spans', () => {
    expect(() => linkTargetOf({ received: traceparent, retried: other })).toThrow(/^This names 2 spans/);
  });

  it('finds the stored carrier in a row with any other content', () => {
    const id = (length: number) =>
      fc.stringMatching(new RegExp(`^[0-9a-f]{${length}}$`)).filter((text) => !/^0+$/.test(text));
    const rest = fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), fc.jsonValue());
    fc.assert(
      fc.property(id(32), id(16), rest, (traceId, spanId, row) => {
        const stored = { ...row, name: 'x', traceContext: carrierOf({ traceId, spanId, traceFlags: 1 }) };
        fc.pre(!('traceparent' in row));
        expect(linkTargetOf(stored)).toMatchObject({ traceId, spanId });
      }),
    );
  });
});
