import {
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  createTraceState,
  trace,
} from '@opentelemetry/api';
import { JsonTraceSerializer, ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  decodeTracesJson,
  decodeTracesProtobuf,
  judgeSpan,
  SPAN_FLAGS,
  type Span,
  type TracesRequest,
} from '../src/index.ts';
import { attributeRecord } from '../src/receiver.ts';
import { recordedSpans } from './recorded-spans.ts';

const decoders = {
  protobuf: (spans: ReadableSpan[]) => decodeTracesProtobuf(ProtobufTraceSerializer.serializeRequest(spans)!),
  json: (spans: ReadableSpan[]) => decodeTracesJson(JsonTraceSerializer.serializeRequest(spans)!),
};

function hexId(bytes: number): fc.Arbitrary<string> {
  return fc
    .uint8Array({ minLength: bytes, maxLength: bytes })
    .filter((raw) => raw.some((byte) => byte !== 0))
    .map((raw) => Buffer.from(raw).toString('hex'));
}

const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 20 });
const attributeValue = fc.oneof(
  text,
  fc.boolean(),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true, noDefaultInfinity: true, noInteger: true }),
  fc.array(text, { maxLength: 3 }),
  fc.array(fc.maxSafeInteger(), { maxLength: 3 }),
);
// The SDK itself loses a `__proto__` key because it assigns attributes to a plain object.
const attributeKey = text.filter((key) => key !== '__proto__');
const attributes = fc.dictionary(attributeKey, attributeValue, { maxKeys: 5, noNullPrototype: true });
const spanContext = fc.record(
  {
    traceId: hexId(16),
    spanId: hexId(8),
    traceFlags: fc.constantFrom(TraceFlags.NONE, TraceFlags.SAMPLED, 0x03),
    isRemote: fc.boolean(),
    traceState: fc.constant(createTraceState('ot=th:8,vendor=a b')),
  },
  { requiredKeys: ['traceId', 'spanId', 'traceFlags', 'isRemote'] },
);
const time = fc.tuple(fc.integer({ min: 0, max: 2 ** 33 }), fc.integer({ min: 0, max: 999_999_999 }));

const spanPlan = fc.record({
  parent: spanContext.map((parent) => ({ ...parent, traceFlags: TraceFlags.SAMPLED })),
  name: text,
  kind: fc.constantFrom(
    SpanKind.INTERNAL,
    SpanKind.SERVER,
    SpanKind.CLIENT,
    SpanKind.PRODUCER,
    SpanKind.CONSUMER,
  ),
  start: time,
  durationSeconds: fc.nat(1000),
  attributes,
  links: fc.array(fc.record({ context: spanContext, attributes }), { maxLength: 4 }),
  events: fc.array(fc.record({ name: text, attributes, time }), { maxLength: 3 }),
  status: fc.constantFrom(
    { code: SpanStatusCode.UNSET },
    { code: SpanStatusCode.OK },
    { code: SpanStatusCode.ERROR, message: 'no stock' },
  ),
});

type SpanPlan = typeof spanPlan extends fc.Arbitrary<infer Plan> ? Plan : never;

function recorded(plan: SpanPlan): ReadableSpan[] {
  return recordedSpans((tracer) => {
    const parent = trace.setSpanContext(ROOT_CONTEXT, plan.parent);
    const { kind, links, attributes, start: startTime } = plan;
    const span = tracer.startSpan(plan.name, { kind, links, attributes, startTime }, parent);
    for (const event of plan.events) span.addEvent(event.name, event.attributes, event.time);
    span.setStatus(plan.status);
    span.end([plan.start[0] + plan.durationSeconds, plan.start[1]]);
  });
}

function nanosOf([seconds, nanos]: [number, number]): bigint {
  return BigInt(seconds) * 1_000_000_000n + BigInt(nanos);
}

/**
 * The 32 bits that the exporter makes of a context: the W3C flags, and whether the context is
 * remote, which it knows.
 */
function flagsOf(traceFlags: number, isRemote: boolean): number {
  return traceFlags | SPAN_FLAGS.hasIsRemote | (isRemote ? SPAN_FLAGS.isRemote : 0);
}

function onlySpan(request: TracesRequest): Span {
  return request.resourceSpans[0]!.scopeSpans[0]!.spans[0]!;
}

describe.each(Object.entries(decoders))('data that the OpenTelemetry exporter sends as %s', (_, decode) => {
  it('is read as it was recorded', () => {
    fc.assert(
      fc.property(spanPlan, (plan) => {
        const spans = recorded(plan);
        const request = decode(spans);
        expect(request.resourceSpans[0]!.scopeSpans[0]!.scope).toMatchObject({
          name: 'orders',
          version: '1.2.3',
        });
        const span = onlySpan(request);
        expect(judgeSpan(span).verdict).toBe('sound');
        expect({ ...span, attributes: attributeRecord(span.attributes) }).toMatchObject({
          ...idsOf(spans[0]!.spanContext()),
          parentSpanId: plan.parent.spanId,
          traceState: plan.parent.traceState?.serialize() ?? '',
          flags: flagsOf(TraceFlags.SAMPLED, plan.parent.isRemote),
          name: plan.name,
          kind: plan.kind + 1,
          startTimeUnixNano: nanosOf(plan.start),
          endTimeUnixNano: nanosOf(plan.start) + BigInt(plan.durationSeconds) * 1_000_000_000n,
          attributes: plan.attributes,
          status: { message: '', ...plan.status },
        });
        expect(span.links.map((link) => ({ ...link, attributes: attributeRecord(link.attributes) }))).toEqual(
          plan.links.map(({ context, attributes }) => ({
            ...idsOf(context),
            traceState: context.traceState?.serialize() ?? '',
            flags: flagsOf(context.traceFlags, context.isRemote),
            attributes,
            droppedAttributesCount: 0,
          })),
        );
        expect(
          span.events.map((event) => ({ ...event, attributes: attributeRecord(event.attributes) })),
        ).toEqual(
          plan.events.map(({ name, time, attributes }) => ({
            name,
            timeUnixNano: nanosOf(time),
            attributes,
            droppedAttributesCount: 0,
          })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('shows that 72 of 200 links were dropped', () => {
    const span = onlySpan(
      decode(
        recordedSpans((tracer) => {
          const links = Array.from({ length: 200 }, (_unused, i) => ({
            context: {
              traceId: (i + 1).toString(16).padStart(32, '0'),
              spanId: (i + 1).toString(16).padStart(16, '0'),
              traceFlags: TraceFlags.NONE,
            },
          }));
          tracer.startSpan('process-batch', { links, root: true }).end();
        }),
      ),
    );
    expect(span.links).toHaveLength(128);
    expect(span.droppedLinksCount).toBe(72);
    expect(span.parentSpanId).toBeUndefined();
  });

  it.each([2 ** 53 + 2, 2 ** 63, -(2 ** 63), 1e300, 1.5])('keeps the number %d', (value) => {
    const span = onlySpan(
      decode(recordedSpans((tracer) => tracer.startSpan('s', { attributes: { value } }).end())),
    );
    expect(Number(span.attributes[0]!.value)).toBe(value);
  });

  it('reads all 512 spans of a batch, each once', () => {
    const spans = recordedSpans((tracer) => {
      for (let i = 0; i < 512; i++) tracer.startSpan(`operation-${i}`).end();
    });
    const read = decode(spans).resourceSpans[0]!.scopeSpans[0]!.spans;
    expect(read.map((span) => span.spanId)).toEqual(spans.map((span) => span.spanContext().spanId));
  });
});

function idsOf({ traceId, spanId }: { traceId: string; spanId: string }): {
  traceId: string;
  spanId: string;
} {
  return { traceId, spanId };
}
