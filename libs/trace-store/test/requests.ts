import { atOnce, DEFAULT_ELEMENT_LIMITS, frameTraces, scanMessage } from '@span-links/otlp';
import type { Attribute, FramedTraces, Span, SpanLink, TracesRequest } from '@span-links/otlp';

export const T0 = 1_790_000_000_000_000_000n;

/** The nth trace id, and a span id that no other trace uses. */
export function traceId(n: number): string {
  return `aa${n.toString(16).padStart(30, '0')}`;
}

export function spanId(n: number): string {
  return `bb${n.toString(16).padStart(14, '0')}`;
}

export function attributes(record: Record<string, Attribute['value']>): Attribute[] {
  return Object.entries(record).map(([key, value]) => ({ key, value }));
}

export function linkTo(target: string, span: string, more: Partial<SpanLink> = {}): SpanLink {
  return {
    traceId: target,
    spanId: span,
    traceState: '',
    attributes: [],
    droppedAttributesCount: 0,
    flags: 0x101,
    ...more,
  };
}

export function span(more: Partial<Span> = {}): Span {
  return {
    traceId: traceId(1),
    spanId: spanId(1),
    parentSpanId: undefined,
    traceState: '',
    flags: 0x101,
    name: 'receive-order',
    kind: 4,
    startTimeUnixNano: T0,
    endTimeUnixNano: T0 + 1_000_000n,
    attributes: [],
    droppedAttributesCount: 0,
    events: [],
    droppedEventsCount: 0,
    links: [],
    droppedLinksCount: 0,
    status: { code: 0, message: '' },
    ...more,
  };
}

export function request(spans: readonly Span[], service = 'orders-api'): TracesRequest {
  return {
    resourceSpans: [
      {
        resource: { attributes: attributes({ 'service.name': service }), droppedAttributesCount: 0 },
        scopeSpans: [
          {
            scope: { name: 'orders', version: '1.0.0', attributes: [], droppedAttributesCount: 0 },
            spans,
            schemaUrl: '',
          },
        ],
        schemaUrl: '',
      },
    ],
  };
}

/** A trace of a root and its children, like those of the demo's apps. */
export function traceOf(n: number, spans: number, links: readonly SpanLink[] = []): Span[] {
  return Array.from({ length: spans }, (_, index) =>
    span({
      traceId: traceId(n),
      spanId: spanId(n * 1_000 + index),
      parentSpanId: index === 0 ? undefined : spanId(n * 1_000),
      name: index === 0 ? 'process-batch' : `step-${index}`,
      startTimeUnixNano: T0 + BigInt(n * 1_000_000 + index),
      endTimeUnixNano: T0 + BigInt(n * 1_000_000 + 500_000),
      attributes: attributes({ 'order.id': `order-${n}-${index}`, 'order.items': BigInt(index) }),
      links: index === 0 ? links : [],
    }),
  );
}

/** A request in protobuf as the intake passes it on. */
export function framesOf(bytes: Uint8Array): FramedTraces {
  const scan = scanMessage('traces', 'protobuf', DEFAULT_ELEMENT_LIMITS);
  scan.push(bytes);
  return atOnce(frameTraces('protobuf', bytes, scan));
}
