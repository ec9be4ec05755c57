import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { attributes, request, span, spanId, T0, traceId } from '../requests.ts';
import { query, testStore } from './fixture.ts';

const opened = testStore();
let traces = 0;

/** One trace of one span. Many start at the same moment. */
async function store(marker: string, starts: readonly number[]): Promise<void> {
  await opened.store.writer.write(
    request(
      starts.map((start) => {
        const n = 1_000 + ++traces;
        const startTimeUnixNano = T0 + BigInt(start);
        return span({
          traceId: traceId(n),
          spanId: spanId(n),
          startTimeUnixNano,
          endTimeUnixNano: startTimeUnixNano,
          attributes: attributes({ marker, start: BigInt(start) }),
        });
      }),
    ),
  );
}

describe('pages of a search', () => {
  it('together contain everything that was there at first, in order and once, while more comes in', async () => {
    const starts = fc.array(fc.nat(6), { minLength: 1, maxLength: 40 });
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        starts,
        fc.array(fc.nat(6), { maxLength: 10 }),
        fc.integer({ min: 1, max: 9 }),
        async (first, more, limit) => {
          const marker = `run-${++run}`;
          await store(marker, first);
          const terms = query({ field: 'attribute', key: 'marker', operator: '=', values: [marker] });
          const whole = (await opened.reader.searchTraces(terms, { limit: 1_000 })).traces;
          const wholeOfSpans = (await opened.reader.searchSpans(terms, { limit: 1_000 })).spans;
          expect(whole.map(({ startTime }) => Number(BigInt(startTime) - T0))).toEqual(
            [...first].sort((a, b) => b - a),
          );
          const found: string[] = [];
          const foundSpans: string[] = [];
          const late = [...more];
          let [cursor, spanCursor]: (string | null | undefined)[] = [];
          while (cursor !== null || spanCursor !== null) {
            if (cursor !== null) {
              const page = await opened.reader.searchTraces(terms, { limit, cursor });
              expect(page.traces.length).toBeLessThanOrEqual(limit);
              found.push(...page.traces.map((trace) => trace.traceId));
              cursor = page.nextCursor;
            }
            if (spanCursor !== null) {
              const page = await opened.reader.searchSpans(terms, { limit, cursor: spanCursor });
              foundSpans.push(...page.spans.map((one) => one.spanId));
              spanCursor = page.nextCursor;
            }
            const next = late.pop();
            if (next !== undefined) await store(marker, [next]);
          }
          expect(new Set(found).size).toBe(found.length);
          const there = new Set(whole.map((trace) => trace.traceId));
          expect(found.filter((id) => there.has(id))).toEqual(whole.map((trace) => trace.traceId));
          expect(new Set(foundSpans).size).toBe(foundSpans.length);
          const spansThere = new Set(wholeOfSpans.map((one) => one.spanId));
          expect(foundSpans.filter((id) => spansThere.has(id))).toEqual(
            wholeOfSpans.map((one) => one.spanId),
          );
        },
      ),
      { numRuns: 30 },
    );
  });
});
