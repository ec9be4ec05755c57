import {
  baggageEntryMetadataFromString,
  defaultTextMapGetter,
  defaultTextMapSetter,
  propagation,
  ROOT_CONTEXT,
  trace,
  type Baggage,
  type BaggageEntry,
} from '@opentelemetry/api';
import { W3CBaggagePropagator } from '@opentelemetry/core';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatBaggage, parseBaggage } from './baggage.ts';
import { captureTraceContext, parseCarrier } from './carrier.ts';

const propagator = new W3CBaggagePropagator();
const spanContext = { traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), traceFlags: 1 };
const inSpan = trace.setSpanContext(ROOT_CONTEXT, spanContext);
const bag = (entries: Record<string, BaggageEntry>) => propagation.createBaggage(entries);
const valuesOf = (baggage: Baggage | undefined) =>
  baggage?.getAllEntries().map(([key, { value, metadata }]) => [key, value, metadata?.toString()]);

function injectedBySdk(baggage: Baggage): string {
  const carrier: Record<string, string> = {};
  propagator.inject(propagation.setBaggage(ROOT_CONTEXT, baggage), carrier, defaultTextMapSetter);
  return carrier['baggage'] ?? '';
}

function extractedBySdk(header: string): Baggage | undefined {
  const extracted = propagator.extract(ROOT_CONTEXT, { baggage: header }, defaultTextMapGetter);
  return propagation.getBaggage(extracted);
}

describe('captureTraceContext', () => {
  const withBaggage = propagation.setBaggage(inSpan, bag({ tenant: { value: 'café, north' } }));

  it('leaves baggage out by default', () => {
    expect(captureTraceContext(withBaggage)).not.toHaveProperty('baggage');
    expect(captureTraceContext(withBaggage, { baggage: false })).not.toHaveProperty('baggage');
    expect(captureTraceContext(inSpan, { baggage: true })).not.toHaveProperty('baggage');
  });

  it('stores baggage on request, and reads it back from the stored carrier', () => {
    const carrier = captureTraceContext(withBaggage, { baggage: true });
    expect(carrier?.baggage).toBe('tenant=caf%C3%A9%2C%20north');
    for (const stored of [carrier, JSON.stringify(carrier), { ...carrier, baggage: [carrier?.baggage] }]) {
      const parsed = parseCarrier(stored);
      expect(parsed.spanContext?.spanId).toBe(spanContext.spanId);
      expect(valuesOf(parseBaggage(parsed.baggage))).toEqual([['tenant', 'café, north', undefined]]);
    }
  });
});

describe('parseCarrier', () => {
  it('reads the span even if the baggage is malformed', () => {
    const traceparent = captureTraceContext(inSpan)?.traceparent;
    for (const baggage of [null, 7, {}, ['a=1', 'b=2']]) {
      expect(parseCarrier({ traceparent, baggage })).toEqual({
        verdict: 'ok',
        spanContext: { ...spanContext, isRemote: true },
      });
    }
  });
});

describe('formatBaggage', () => {
  it("writes what the SDK's propagator reads back the same", () => {
    const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.uniqueArray(fc.tuple(text, text), { selector: ([key]) => key }), (pairs) => {
        let baggage = propagation.createBaggage();
        for (const [key, value] of pairs) baggage = baggage.setEntry(key, { value });
        const header = formatBaggage(baggage);
        expect(header).toBe(injectedBySdk(baggage));
        expect(valuesOf(parseBaggage(header)) ?? []).toEqual(
          pairs.map(([key, value]) => [key, value, undefined]),
        );
      }),
    );
  });

  it('stops at 180 members and drops whole members beyond 8192 bytes', () => {
    const many = bag(Object.fromEntries(Array.from({ length: 200 }, (_, at) => [`k${at}`, { value: 'v' }])));
    expect(formatBaggage(many).split(',')).toHaveLength(180);
    const long = bag({ a: { value: '1' }, b: { value: 'x'.repeat(8_190) }, c: { value: '3' } });
    expect(formatBaggage(long)).toBe('a=1,c=3');
  });

  it('keeps properties that a header can hold and never lets them begin a member of their own', () => {
    const metadata = baggageEntryMetadataFromString;
    const baggage = bag({
      kept: { value: '1', metadata: metadata('ttl=5;private') },
      comma: { value: '2', metadata: metadata('x,admin=true') },
      line: { value: '3', metadata: metadata('x\r\nevil: 1') },
    });
    expect(formatBaggage(baggage)).toBe('kept=1;ttl=5;private,comma=2,line=3');
    expect(parseBaggage(formatBaggage(baggage))?.getEntry('kept')?.metadata?.toString()).toBe(
      'ttl=5;private',
    );
  });

  it('leaves out what cannot be encoded', () => {
    expect(formatBaggage(bag({ half: { value: '\ud800' }, whole: { value: '1' } }))).toBe('whole=1');
  });
});

describe('parseBaggage', () => {
  it('reads a header as the SDK does', () => {
    for (const header of [
      'a=1',
      ' a = 1 , b=2;p=q',
      'a=1,,b',
      '=1',
      'a=',
      'a=%zz,b=2',
      'a=1=2',
      'a=1,a=2',
      '',
    ]) {
      expect(valuesOf(parseBaggage(header))).toEqual(valuesOf(extractedBySdk(header)));
    }
  });

  it('reads a member called __proto__ like any other', () => {
    expect(valuesOf(parseBaggage('__proto__=1,a=2'))).toEqual([
      ['__proto__', '1', undefined],
      ['a', '2', undefined],
    ]);
  });

  it('reads no more than 180 members and 8192 bytes', () => {
    const many = Array.from({ length: 500 }, (_, at) => `k${at}=v`).join(',');
    expect(parseBaggage(many)?.getAllEntries()).toHaveLength(180);
    expect(valuesOf(parseBaggage(`a=1,b=${'x'.repeat(9_000)},c=3`))).toEqual([['a', '1', undefined]]);
    expect(parseBaggage(`a=${'x'.repeat(9_000)}`)).toBeUndefined();
  });

  it('never throws', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (header) => {
        const parsed = parseBaggage(header);
        expect(parsed === undefined || parsed.getAllEntries().length > 0).toBe(true);
      }),
    );
    expect(parseBaggage(undefined)).toBeUndefined();
  });
});
