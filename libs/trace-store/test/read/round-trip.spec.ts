import type { Attribute, AttributeValue } from '@span-links/explorer-api';
import {
  isKeyValueList,
  type AnyValue,
  type Attribute as SentAttribute,
  type SpanEvent,
  type SpanLink,
} from '@span-links/otlp';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { request, span, spanId, T0, traceId } from '../requests.ts';
import { testStore } from './fixture.ts';

const opened = testStore();

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '__proto__', 'constructor', 'a\0b', '\ud800', 'a"\\\n', '$.a', 'é'),
);
const { attribute } = fc.letrec<{ value: AnyValue; attribute: SentAttribute }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    text,
    fc.boolean(),
    fc.oneof(
      fc.bigInt({ min: -300n, max: 300n }),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
      fc.constantFrom(2n ** 53n - 1n, 2n ** 53n, -(2n ** 53n)),
    ),
    fc.oneof(fc.double(), fc.constantFrom(0.5, 1, -0, 1e21, 1e300, 5e-324, NaN, Infinity)),
    fc.uint8Array({ maxLength: 20 }),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ pairs: fc.array(tie('attribute'), { maxLength: 3 }) }),
  ),
  attribute: fc.record({ key: text, value: tie('value') }),
}));
const uint32 = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 0xffff_ffff }));
const described = { attributes: fc.array(attribute, { maxLength: 4 }), droppedAttributesCount: uint32 };
const nanos = fc.oneof(
  fc.bigInt({ min: T0, max: T0 + 10n ** 12n }),
  fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
);
const events: fc.Arbitrary<SpanEvent[]> = fc.array(
  fc.record({ timeUnixNano: nanos, name: text, ...described }),
  { maxLength: 2 },
);
const links: fc.Arbitrary<SpanLink[]> = fc.array(
  fc.record({
    traceId: fc.constantFrom(traceId(1), '0'.repeat(32), 'abc', ''),
    spanId: fc.constantFrom(spanId(1), '0'.repeat(16), 'ff'),
    traceState: text,
    flags: uint32,
    ...described,
  }),
  { maxLength: 2 },
);

/** The API's form of a value, computed without the store. */
function typed(value: AnyValue): AttributeValue {
  if (value === null) return { type: 'empty' };
  if (typeof value === 'string') return { type: 'string', value };
  if (typeof value === 'boolean') return { type: 'bool', value };
  if (typeof value === 'bigint') return { type: 'int', value: String(value) };
  if (typeof value === 'number') {
    // The API answers in JSON, which has no -0.
    return { type: 'double', value: Number.isFinite(value) ? value + 0 : (String(value) as 'NaN') };
  }
  if (value instanceof Uint8Array) return { type: 'bytes', value: Buffer.from(value).toString('base64') };
  if (isKeyValueList(value)) return { type: 'map', value: value.pairs.map(typedAttribute) };
  return { type: 'array', value: value.map(typed) };
}

function typedAttribute({ key, value }: SentAttribute): Attribute {
  return { key, ...typed(value) };
}

/** jsonb sorts keys. The order of different keys has no meaning. */
function byKey(attributes: readonly Attribute[]): Attribute[] {
  return [...attributes].sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0));
}

const typedAttributes = (attributes: readonly SentAttribute[]) => byKey(attributes.map(typedAttribute));

describe('sent data', () => {
  it('comes back unchanged for any values', async () => {
    let n = 0;
    const sent = fc.record({
      ...described,
      events,
      links,
      start: nanos,
      name: text,
      message: text,
      flags: uint32,
      dropped: uint32,
    });
    await fc.assert(
      fc.asyncProperty(sent, sent, async (one, resource) => {
        const ids = { traceId: traceId(1_000 + ++n), spanId: spanId(1_000 + n) };
        const { resourceSpans } = request([
          span({
            ...ids,
            name: one.name,
            flags: one.flags,
            traceState: one.message,
            startTimeUnixNano: one.start,
            endTimeUnixNano: one.start,
            attributes: one.attributes,
            droppedAttributesCount: one.droppedAttributesCount,
            events: one.events,
            droppedEventsCount: one.dropped,
            droppedLinksCount: one.dropped,
            links: one.links,
            status: { code: 2, message: one.message },
          }),
        ]);
        const [group] = resourceSpans;
        await opened.store.writer.write({
          resourceSpans: [{ ...group!, resource, schemaUrl: one.message }],
        });
        const [trace] = await opened.reader.fullTraces([ids.traceId]);
        const got = trace?.spans[0];
        expect(got).toMatchObject({
          ...ids,
          name: one.name,
          flags: one.flags,
          traceState: one.message,
          statusMessage: one.message,
          droppedAttributesCount: one.droppedAttributesCount,
          droppedEventsCount: one.dropped,
          droppedLinksCount: one.dropped,
          linkCount: one.links.length,
        });
        expect(got!.sentStartTime ?? got!.startTime).toBe(String(one.start));
        expect(byKey(got!.attributes)).toEqual(typedAttributes(one.attributes));
        expect(got!.events.map((event) => ({ ...event, attributes: byKey(event.attributes) }))).toEqual(
          one.events.map((event) => ({
            time: String(event.timeUnixNano),
            name: event.name,
            attributes: typedAttributes(event.attributes),
            droppedAttributesCount: event.droppedAttributesCount,
          })),
        );
        expect(got!.links.map((link) => ({ ...link, attributes: byKey(link.attributes) }))).toEqual(
          one.links.map(({ attributes, ...link }, index) => ({
            ...link,
            index,
            attributes: typedAttributes(attributes),
          })),
        );
        expect(byKey(got!.resource.attributes)).toEqual(typedAttributes(resource.attributes));
        expect(got!.resource).toMatchObject({
          droppedAttributesCount: resource.droppedAttributesCount,
          schemaUrl: one.message,
        });
        const { links: _, ...detail } = got!;
        expect(await opened.reader.span(ids.traceId, ids.spanId)).toEqual(detail);
      }),
      { numRuns: 150 },
    );
  });
});
