import type { SpanContext } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SpanIndex } from './span-index.ts';

const spanOf = (trace: number, span: string): SpanContext => ({
  traceId: trace.toString(16).padStart(32, '0'),
  spanId: span,
  traceFlags: 1,
});

describe('SpanIndex', () => {
  it('numbers spans as a map of both ids would, even if their hashes collide', () => {
    // Few traces, and span ids that differ only in their first digits, which the hash ignores.
    const span = fc
      .tuple(fc.nat({ max: 3 }), fc.nat({ max: 20 }), fc.nat({ max: 2 }))
      .map(([trace, head, tail]) =>
        spanOf(trace, `${head.toString(16).padStart(8, '0')}${String(tail).padStart(8, '0')}`),
      );
    fc.assert(
      fc.property(fc.array(span, { minLength: 1, maxLength: 200 }), (spans) => {
        const index = new SpanIndex(spans.length);
        const numbers = new Map<string, number>();
        for (const one of spans) {
          const key = one.traceId + one.spanId;
          if (!numbers.has(key)) numbers.set(key, numbers.size);
          expect(index.numberOf(one)).toBe(numbers.get(key));
        }
      }),
    );
  });

  it('numbers spans correctly if all of them collide', () => {
    const spans = Array.from({ length: 100 }, (_, at) =>
      spanOf(1, `${at.toString(16).padStart(8, '0')}00000001`),
    );
    const index = new SpanIndex(200);
    const numbers = spans.map((_, at) => at);
    expect(spans.map((span) => index.numberOf(span))).toEqual(numbers);
    expect(spans.map((span) => index.numberOf(span))).toEqual(numbers);
  });

  it('has room for as many spans as its capacity', () => {
    for (const count of [1, 2, 3, 127, 128, 129, 5_000]) {
      const index = new SpanIndex(count);
      const numbers = Array.from({ length: count }, (_, at) =>
        index.numberOf(spanOf(at, at.toString(16).padStart(16, '0'))),
      );
      expect(numbers).toEqual(Array.from({ length: count }, (_, at) => at));
    }
  });

  it('ignores flags and remoteness when it compares spans', () => {
    const index = new SpanIndex(2);
    const span = spanOf(1, '00000000000000ab');
    expect(index.numberOf(span)).toBe(0);
    expect(index.numberOf({ ...span, traceFlags: 0, isRemote: true })).toBe(0);
  });
});
