import fc from 'fast-check';
import type { AnyValue, Attribute, Span, TracesRequest } from '../src/index.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('', '__proto__', 'constructor', 'service.name', 'é'.repeat(80)),
);
const uint32 = fc.oneof(fc.nat(5), fc.integer({ min: 0, max: 0xffff_ffff }));
const int32 = fc.oneof(fc.nat(5), fc.integer());
const nanos = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 0xffff_ffff_ffff_ffffn }));
const int64 = fc.oneof(
  fc.bigInt({ min: -300n, max: 300n }),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
);
const bytes = fc.uint8Array({ maxLength: 20 });
const id = fc.uint8Array({ maxLength: 17 }).map((raw) => Buffer.from(raw).toString('hex'));

const { attribute } = fc.letrec<{ value: AnyValue; attribute: Attribute }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: 'small' },
    text,
    fc.boolean(),
    int64,
    fc.double(),
    bytes,
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.record({ pairs: fc.array(tie('attribute'), { maxLength: 3 }) }),
  ),
  attribute: fc.record({ key: text, value: tie('value') }),
}));

const described = { attributes: fc.array(attribute, { maxLength: 4 }), droppedAttributesCount: uint32 };

const span: fc.Arbitrary<Span> = fc.record({
  traceId: id,
  spanId: id,
  parentSpanId: id.map((parent) => parent || undefined),
  traceState: text,
  flags: uint32,
  name: text,
  kind: int32,
  startTimeUnixNano: nanos,
  endTimeUnixNano: nanos,
  ...described,
  events: fc.array(fc.record({ timeUnixNano: nanos, name: text, ...described }), { maxLength: 2 }),
  droppedEventsCount: uint32,
  links: fc.array(fc.record({ traceId: id, spanId: id, traceState: text, flags: uint32, ...described }), {
    maxLength: 3,
  }),
  droppedLinksCount: uint32,
  status: fc.record({ code: int32, message: text }),
});

/** Random requests: every field with every value of its type. */
export const tracesRequests: fc.Arbitrary<TracesRequest> = fc.record({
  resourceSpans: fc.array(
    fc.record({
      resource: fc.record(described),
      scopeSpans: fc.array(
        fc.record({
          scope: fc.record({ name: text, version: text, ...described }),
          spans: fc.array(span, { maxLength: 3 }),
          schemaUrl: text,
        }),
        { maxLength: 2 },
      ),
      schemaUrl: text,
    }),
    { maxLength: 2 },
  ),
});
