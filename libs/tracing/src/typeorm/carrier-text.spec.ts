import { IsNull } from 'typeorm';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseCarrier } from '../carrier.ts';
import { carrierText } from './carrier-text.ts';

const traceparent = `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`;

describe('carrierText', () => {
  it('reads what it wrote', () => {
    const carrier = { traceparent, tracestate: 'vendor="quoted",other=1' };
    const text = carrierText.to(carrier);
    expect(text).toBeTypeOf('string');
    expect(carrierText.from(text)).toEqual(carrier);
  });

  it('leaves null, undefined, a bare traceparent and find operators alone', () => {
    const isNull = IsNull();
    for (const value of [null, undefined, traceparent]) {
      expect(carrierText.to(value)).toBe(value);
      expect(carrierText.from(value)).toBe(value);
    }
    expect(carrierText.to(isNull)).toBe(isNull);
  });

  it('passes on any text of a row without throwing, with the verdict that it deserves', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.string().map((rest) => `{${rest}`),
      fc.constantFrom('{', ' {"traceparent":', traceparent, JSON.stringify({ traceparent })),
    );
    fc.assert(
      fc.property(texts, (text) => {
        expect(parseCarrier(carrierText.from(text))).toEqual(parseCarrier(text));
      }),
    );
  });
});
