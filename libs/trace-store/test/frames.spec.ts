import {
  decodeTracesProtobuf,
  atOnce,
  type Steps,
  OtlpDecodeError,
  type Attribute,
  type Span,
  type SpanLink,
} from '@span-links/otlp';
import { encodeByReference, tracesRequests } from '@span-links/otlp/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { CopyRows } from '../src/write/copy-rows.ts';
import { Dictionaries } from '../src/write/dictionaries.ts';
import { prepareFrames } from '../src/write/prepared-frames.ts';
import { prepareRequest, type PreparedRequest } from '../src/write/prepared-request.ts';
import { WireSpan } from '../src/write/wire-span.ts';
import { framesOf, request, span, T0 } from './requests.ts';

const hex = (bytes: number) =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((raw) => Buffer.from(raw).toString('hex'));
const text = fc.oneof(
  fc.string({ maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.constantFrom('', '\0', '"', '\\', '\n', '\u007f', '\ufeffBOM', '__proto__'),
);
const value: fc.Arbitrary<Attribute['value']> = fc.oneof(
  text,
  fc.boolean(),
  fc.bigInt({ min: -2n, max: 2n ** 16n }),
  fc.bigInt({ min: 2n ** 53n - 2n, max: 2n ** 53n + 2n }),
  fc.constantFrom(2n ** 63n - 1n, -(2n ** 63n), 9n, 10n, 99n, 100n, 2n ** 49n),
  fc.double(),
  fc.constantFrom(0.5, -0, 1, 1e21, 5e-324, 1.7976931348623157e308),
);
const key = fc.oneof(fc.constantFrom('order.id', 'http.route', 'k'.repeat(127), 'k'.repeat(128)), text);
const attributes = fc.array(fc.record({ key, value }), { maxLength: 6 });
const count = fc.oneof({ weight: 5, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: 0xffff_ffff }));
const time = fc.oneof(
  fc.bigInt({ min: T0, max: T0 + 300n }),
  fc.constantFrom(0n, 255n, 256n, 2n ** 63n - 1n, 2n ** 63n),
);
const link: fc.Arbitrary<SpanLink> = fc.record({
  traceId: fc.oneof({ weight: 9, arbitrary: hex(16) }, fc.constantFrom('', '00'.repeat(16), 'ab')),
  spanId: hex(8),
  traceState: fc.oneof(fc.constant(''), text),
  attributes,
  droppedAttributesCount: count,
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
});
/** Spans as SDKs send them, and unusual ones. */
const usualSpan: fc.Arbitrary<Span> = fc.record({
  traceId: hex(16),
  spanId: fc.oneof({ weight: 9, arbitrary: hex(8) }, fc.constant('00'.repeat(8))),
  parentSpanId: fc.option(hex(8), { nil: undefined }),
  traceState: fc.oneof(fc.constant(''), text),
  flags: fc.integer({ min: 0, max: 0xffff_ffff }),
  name: text,
  kind: fc.integer({ min: 0, max: 6 }),
  startTimeUnixNano: time,
  endTimeUnixNano: time,
  attributes,
  droppedAttributesCount: count,
  events: fc.oneof(
    { weight: 9, arbitrary: fc.constant([]) },
    fc.constant([{ timeUnixNano: T0, name: 'e', attributes: [], droppedAttributesCount: 0 }]),
  ),
  droppedEventsCount: count,
  links: fc.array(link, { maxLength: 3 }),
  droppedLinksCount: count,
  status: fc.record({ code: fc.integer({ min: 0, max: 3 }), message: fc.oneof(fc.constant(''), text) }),
});

const used = ({ bytes, length }: CopyRows) => bytes.toString('hex', 0, length);

/** The whole result of a request, without its circular reference. */
function content({ spanRows, linkRows, attributeHashes, spans, refusals }: PreparedRequest) {
  return {
    spanRows: used(spanRows),
    linkRows: used(linkRows),
    hashes: [...attributeHashes.values.subarray(0, attributeHashes.length)],
    refusals: refusals.sentences(),
    spans: spans.map(({ request: _, ...rest }) => rest),
  };
}

/** The result of bytes, or their refusal. */
function outcome(prepare: () => Steps<PreparedRequest>) {
  try {
    return content(atOnce(prepare()));
  } catch (error) {
    // If there are several faults, frames find those around the spans first.
    if (error instanceof OtlpDecodeError) return { refused: true };
    throw error;
  }
}

function expectSame(bytes: Uint8Array): void {
  const dictionaries = new Dictionaries();
  const frames = outcome(() => prepareFrames(framesOf(bytes), dictionaries, 1_790_000_000_000));
  const objects = outcome(() => prepareRequest(decodeTracesProtobuf(bytes), dictionaries, 1_790_000_000_000));
  expect(frames).toEqual(objects);
}

describe('prepareFrames', () => {
  it('makes the same rows as decoded spans for any input', () => {
    fc.assert(
      fc.property(tracesRequests, (traces) => expectSame(encodeByReference(traces))),
      { numRuns: 500 },
    );
    fc.assert(
      fc.property(fc.array(usualSpan, { minLength: 1, maxLength: 4 }), (spans) =>
        expectSame(encodeByReference(request(spans))),
      ),
      { numRuns: 1_000 },
    );
  });

  it('accepts and refuses the same damaged bytes', () => {
    const damage = fc.record({ at: fc.nat(), byte: fc.nat(255) });
    const damaged = fc.record({ spans: fc.array(usualSpan, { minLength: 1, maxLength: 2 }), damage });
    let refused = 0;
    fc.assert(
      fc.property(damaged, ({ spans, damage: { at, byte } }) => {
        const bytes = encodeByReference(request(spans));
        bytes[at % bytes.length] = byte;
        expectSame(bytes);
        if ('refused' in outcome(() => prepareRequest(decodeTracesProtobuf(bytes), new Dictionaries(), 0)))
          refused++;
      }),
      { numRuns: 2_000 },
    );
    expect(refused).toBeGreaterThan(200);
  });

  it('refuses a request that is cut off anywhere, like the decoder', () => {
    const bytes = encodeByReference(request([span({ links: [] }), span({ name: 'second' })]));
    for (let length = 0; length < bytes.length; length++) expectSame(bytes.subarray(0, length));
  });

  it('needs no objects for spans in the form of SDKs', () => {
    const bytes = Buffer.from(
      encodeByReference(
        request([
          span({
            parentSpanId: 'cc'.repeat(8),
            attributes: [
              { key: 'http.route', value: '/orders/:id' },
              { key: 'http.response.status_code', value: 201n },
              { key: 'order.total', value: 10.7 },
              { key: 'order.first', value: true },
              { key: 'customer.name', value: 'Jürgen 🙂' },
            ],
            status: { code: 2, message: 'it failed' },
          }),
        ]),
      ),
    );
    const frame = framesOf(bytes).request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
    const wire = new WireSpan();
    expect(wire.read(bytes, frame.start, frame.end)).toBe(true);
    expect(wire.attributes).toHaveLength(2 * 5);
  });
});
