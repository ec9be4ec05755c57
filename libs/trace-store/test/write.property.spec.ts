import type { Attribute, Span, SpanLink, TracesRequest } from '@span-links/otlp';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { openTestStore } from '../src/testing.ts';
import { request, span, spanId, T0, traceId } from './requests.ts';
import { audit, storeContent } from './store-content.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 8 }),
  fc.constantFrom('', '\0', '\ud800', '__proto__'),
);
const value: fc.Arbitrary<Attribute['value']> = fc.oneof(
  text,
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.double(),
  fc.uint8Array({ maxLength: 5 }),
  fc.constant(null),
  fc.array(fc.oneof(text, fc.boolean()), { maxLength: 3 }),
  fc.record({ pairs: fc.array(fc.record({ key: text, value: text }), { maxLength: 2 }) }),
);
const attributes = fc.array(fc.record({ key: text, value }), { maxLength: 3 });
// Few ids, so that spans share traces. Links then find targets, other spans and their own span, or
// nothing.
const traceNumber = fc.nat(2);
const spanNumber = fc.nat(30);
const time = fc.oneof(
  fc.bigInt({ min: T0, max: T0 + 1n }),
  fc.constantFrom(1n, T0 + 2n, T0 + 60_000_000_000n),
);
const link: fc.Arbitrary<SpanLink> = fc.record({
  traceId: fc.oneof(traceNumber.map(traceId), fc.constantFrom('', '0'.repeat(32), 'ab')),
  spanId: fc.oneof(spanNumber.map(spanId), fc.constantFrom('', '0'.repeat(16))),
  traceState: text,
  attributes,
  droppedAttributesCount: fc.nat(3),
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
});
const spans = fc.uniqueArray(
  fc
    .record({
      trace: traceNumber,
      id: spanNumber,
      parent: fc.option(spanNumber, { nil: undefined }),
      name: fc.oneof(fc.constantFrom('process-batch', 'validate'), text),
      kind: fc.nat(5),
      start: time,
      end: time,
      code: fc.nat(2),
      attributes,
      links: fc.array(link, { maxLength: 3 }),
    })
    .map((made): Span =>
      span({
        traceId: traceId(made.trace),
        spanId: spanId(made.id),
        parentSpanId: made.parent === undefined ? undefined : spanId(made.parent),
        name: made.name,
        kind: made.kind,
        startTimeUnixNano: made.start,
        endTimeUnixNano: made.end,
        attributes: made.attributes,
        links: made.links,
        status: { code: made.code, message: '' },
      }),
    ),
  { selector: (made) => made.traceId + made.spanId, minLength: 1, maxLength: 25, size: 'max' },
);

/** The service depends on the span, so it is the same in every delivery. */
function requestOf(batch: readonly Span[]): TracesRequest {
  const services = ['orders-api', 'orders-batch', 'mail'];
  return {
    resourceSpans: services.flatMap((service, n) => {
      const own = batch.filter(({ spanId: id }) => Number.parseInt(id.slice(-2), 16) % services.length === n);
      return own.length === 0 ? [] : request(own, service).resourceSpans;
    }),
  };
}

const deliveries = spans.chain((all) =>
  fc.record({
    all: fc.constant(all),
    // Every span once in some order, some of them repeated, cut into batches, several at a time.
    order: fc.shuffledSubarray(all, { minLength: all.length }),
    again: fc.array(fc.constantFrom(...all), { maxLength: 12 }),
    cuts: fc.array(fc.integer({ min: 1, max: 8 }), { minLength: 40, maxLength: 40 }),
    atOnce: fc.integer({ min: 1, max: 5 }),
  }),
);

test('any order, duplication, batching and concurrency of the same spans gives the same rows', async () => {
  await fc.assert(
    fc.asyncProperty(deliveries, async ({ all, order, again, cuts, atOnce }) => {
      const [plain, jumbled] = await Promise.all([openTestStore(), openTestStore()]);
      try {
        await plain.writer.write(requestOf(all));
        const sent = [...order];
        again.forEach((repeat, n) => sent.splice((n * 7) % (sent.length + 1), 0, repeat));
        const batches: Span[][] = [];
        for (let at = 0; at < sent.length;) {
          const size = cuts[batches.length % cuts.length]!;
          batches.push(sent.slice(at, at + size));
          at += size;
        }
        let stored = 0;
        let duplicates = 0;
        for (let at = 0; at < batches.length; at += atOnce) {
          const outcomes = await Promise.all(
            batches.slice(at, at + atOnce).map((batch) => jumbled.writer.write(requestOf(batch))),
          );
          for (const outcome of outcomes) {
            stored += outcome.stored;
            duplicates += outcome.duplicates;
          }
        }
        expect({ stored, duplicates }).toEqual({ stored: all.length, duplicates: again.length });
        expect(await audit(jumbled.readers)).toEqual([]);
        expect(await storeContent(jumbled.readers)).toEqual(await storeContent(plain.readers));
      } finally {
        await Promise.all([plain.close(), jumbled.close()]);
      }
    }),
    // Each shrinking step of a failure takes a database.
    { numRuns: 40, interruptAfterTimeLimit: 120_000, markInterruptAsFailure: true },
  );
}, 180_000);
