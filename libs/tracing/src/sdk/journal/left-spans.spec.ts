import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  createTraceState,
  trace,
  type Attributes,
  type SpanContext,
} from '@opentelemetry/api';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { otlpEncoding, sdkNode, sdkTrace } from '../packages.ts';
import { acknowledgedLine, endLine, startLine } from './journal-record.ts';
import { JournalSegment } from './journal-segment.ts';
import { ATTR_INTERRUPTED, keyOf, type JournaledSpan } from './journaled-span.ts';
import { readLeftSpans } from './left-spans.ts';

const folder = mkdtempSync(join(tmpdir(), 'left-spans-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('', '"', '\\', '\n', '\0', '\ud800', 'null', '["A"'),
);
const value = fc.oneof(
  text,
  fc.boolean(),
  fc.integer(),
  fc.double(),
  fc.constantFrom(NaN, Infinity, -Infinity, 2 ** 60, 1e300),
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.double(), { maxLength: 3 }),
);
const attributes: fc.Arbitrary<Attributes> = fc.dictionary(fc.string({ minLength: 1 }), value, {
  maxKeys: 4,
});
const hex = (length: number): fc.Arbitrary<string> =>
  fc
    .array(fc.constantFrom(...'0123456789abcdef'), { minLength: length, maxLength: length })
    .map((digits) => digits.join(''));
const context: fc.Arbitrary<SpanContext> = fc
  .record({
    traceId: hex(32),
    spanId: hex(16),
    traceFlags: fc.constantFrom(0, 1),
    isRemote: fc.boolean(),
    traceState: fc.constantFrom(undefined, createTraceState('vendor=1,other=2')),
  })
  .map(({ traceState, ...ids }) => (traceState === undefined ? ids : { ...ids, traceState }));
const shape = fc.record({
  name: text,
  kind: fc.constantFrom(SpanKind.INTERNAL, SpanKind.CONSUMER, SpanKind.SERVER),
  parent: fc.option(context, { nil: undefined }),
  attributes,
  links: fc.array(fc.record({ context, attributes }), { minLength: 1, maxLength: 140 }),
  events: fc.array(fc.record({ name: text, attributes }), { maxLength: 3 }),
  message: fc.option(text, { nil: undefined }),
  addedLink: fc.option(fc.record({ context, attributes }), { nil: undefined }),
});
type Shape = typeof shape extends fc.Arbitrary<infer T> ? T : never;

const ended: ReadableSpan[] = [];
const provider = new (sdkNode().tracing.BasicTracerProvider)({
  // Applies to any parent.
  sampler: new (sdkTrace().AlwaysOnSampler)(),
  spanProcessors: [
    {
      onStart() {},
      onEnd: (span) => void ended.push(span),
      forceFlush: () => Promise.resolve(),
      shutdown: () => Promise.resolve(),
    },
  ],
});
const tracer = provider.getTracer('scope', '1.2.3', { schemaUrl: 'https://example.test/schema' });
const plain = (given: Attributes): Attributes => given;
let files = 0;

/** Writes spans as the journal does. @returns the file's text and the ended spans of the SDK. */
function write(shapes: readonly Shape[]): { journal: string; spans: JournaledSpan[] } {
  const segment = new JournalSegment(join(folder, String(files++)), plain);
  const spans = shapes.map(({ name, kind, parent, attributes: given, links, events, message, addedLink }) => {
    const parentContext = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const span = tracer.startSpan(name, { kind, attributes: given, links }, parentContext);
    const started = span as unknown as JournaledSpan;
    const linksAtStart = started.links.length;
    const droppedAtStart = started.droppedLinksCount;
    segment.append(
      startLine(
        started,
        segment.resource(started.resource),
        segment.scope(started.instrumentationScope),
        plain,
      ),
    );
    for (const event of events) span.addEvent(event.name, event.attributes);
    if (addedLink !== undefined) span.addLink(addedLink);
    if (message !== undefined) span.setStatus({ code: SpanStatusCode.ERROR, message });
    span.end();
    const done = ended.pop() as unknown as JournaledSpan;
    const sameLinks = done.links.length === linksAtStart && done.droppedLinksCount === droppedAtStart;
    segment.append(endLine(done, !sameLinks, plain));
    return done;
  });
  segment.close();
  return { journal: readFileSync(segment.path, 'utf8'), spans };
}

const bytesOf = (span: JournaledSpan): string =>
  Buffer.from(otlpEncoding<JournaledSpan[]>('traces', 'http/protobuf').serializeRequest([span])!).toString(
    'hex',
  );

describe('a span that is read back from the journal', () => {
  it('is exported as the same bytes', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 1, maxLength: 3 }), (shapes) => {
        const { journal, spans } = write(shapes);
        const left = readLeftSpans(journal, Date.now());
        expect(left?.interrupted).toBe(0);
        expect(left?.spans.map(bytesOf)).toEqual(spans.map(bytesOf));
      }),
      { numRuns: 60 },
    );
  });

  it('is complete or interrupted, or was not written, for any cut of the file', () => {
    fc.assert(
      fc.property(
        fc.array(shape, { minLength: 1, maxLength: 2 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (shapes, share) => {
          const { journal, spans } = write(shapes);
          const bytes = Buffer.from(journal);
          const cut = bytes.subarray(0, Math.floor(bytes.length * share)).toString('utf8');
          const whole = new Map(spans.map((span) => [keyOf(span), span]));
          for (const span of readLeftSpans(cut, 0)?.spans ?? []) {
            const original = whole.get(keyOf(span))!;
            if (span.attributes[ATTR_INTERRUPTED] !== true) expect(bytesOf(span)).toBe(bytesOf(original));
            else {
              expect(span.status).toEqual({ code: SpanStatusCode.ERROR, message: 'interrupted' });
              // Never before its start, for any clock of the file system.
              expect(span.endTime).toEqual(span.startTime);
            }
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('is not read once it is acknowledged', () => {
    fc.assert(
      fc.property(fc.array(shape, { minLength: 2, maxLength: 3 }), (shapes) => {
        const { journal, spans } = write(shapes);
        const text = journal + acknowledgedLine([keyOf(spans[0]!)]);
        expect(readLeftSpans(text, 0)?.spans.map(keyOf)).toEqual(spans.slice(1).map(keyOf));
      }),
      { numRuns: 10 },
    );
  });

  it('never fails for other content of a file', () => {
    const header = '{"spanLinksJournal":1,"createdAtMs":1}';
    const line = fc.oneof(
      fc.string(),
      fc.json(),
      fc.jsonValue().map((json) => JSON.stringify(['S', json, json, 'E'])),
    );
    fc.assert(
      fc.property(fc.array(line), (lines) => {
        readLeftSpans([header, ...lines].join('\n'), 0);
      }),
    );
  });
});
