import { SpanKind, SpanStatusCode, TraceFlags } from '@opentelemetry/api';
import type { Attributes, HrTime, Link, SpanContext, SpanStatus } from '@opentelemetry/api';
import { ATTR_LINK_RELATION } from '../attributes.ts';

/** A link of a {@link RecordedSpan}: its target span and its attributes. */
export interface RecordedLink {
  readonly traceId: string;
  readonly spanId: string;
  readonly sampled: boolean;
  /** `spanlinks.relation`, if the link has one. */
  readonly relation?: string;
  readonly attributes: Attributes;
}

/** Something that happened during a {@link RecordedSpan}; a recorded exception is one named `exception`. */
export interface RecordedEvent {
  readonly name: string;
  readonly attributes: Attributes;
}

/** A span as plain data: nothing in it changes later, it prints well and can be compared and serialized. */
export interface RecordedSpan {
  readonly name: string;
  readonly kind: 'internal' | 'server' | 'client' | 'producer' | 'consumer';
  readonly traceId: string;
  readonly spanId: string;
  /** Absent on the root of a trace. */
  readonly parentSpanId?: string;
  readonly sampled: boolean;
  /** False for a span that was recorded while it ran. */
  readonly ended: boolean;
  readonly status: 'unset' | 'ok' | 'error';
  readonly statusMessage?: string;
  readonly attributes: Attributes;
  readonly events: readonly RecordedEvent[];
  readonly links: readonly RecordedLink[];
  /** Links that the SDK dropped: beyond its limit (128 by default) it keeps the last ones and counts the rest. */
  readonly droppedLinks: number;
  /** Unix time. */
  readonly startTimeMs: number;
  readonly durationMs: number;
  /** Name of the tracer that made it. */
  readonly tracer: string;
}

/** The common properties of the span objects of the 2.x and the 3.x SDK that a recording needs. */
export interface SdkSpan {
  readonly name: string;
  readonly kind: SpanKind;
  spanContext(): SpanContext;
  readonly parentSpanContext?: SpanContext;
  readonly startTime: HrTime;
  readonly duration: HrTime;
  readonly ended: boolean;
  readonly status: SpanStatus;
  readonly attributes: Attributes;
  readonly links: readonly Link[];
  readonly events: readonly { readonly name: string; readonly attributes?: Attributes }[];
  readonly droppedLinksCount: number;
  readonly instrumentationScope: { readonly name: string };
}

const KINDS = {
  [SpanKind.INTERNAL]: 'internal',
  [SpanKind.SERVER]: 'server',
  [SpanKind.CLIENT]: 'client',
  [SpanKind.PRODUCER]: 'producer',
  [SpanKind.CONSUMER]: 'consumer',
} as const;

const STATUSES = {
  [SpanStatusCode.UNSET]: 'unset',
  [SpanStatusCode.OK]: 'ok',
  [SpanStatusCode.ERROR]: 'error',
} as const;

/** Copies an SDK's span as plain data. */
export function recordedSpan(span: SdkSpan): RecordedSpan {
  const { traceId, spanId, traceFlags } = span.spanContext();
  return {
    name: span.name,
    kind: KINDS[span.kind],
    traceId,
    spanId,
    ...(span.parentSpanContext && { parentSpanId: span.parentSpanContext.spanId }),
    sampled: isSampled(traceFlags),
    ended: span.ended,
    status: STATUSES[span.status.code],
    ...(span.status.message !== undefined && { statusMessage: span.status.message }),
    attributes: { ...span.attributes },
    events: span.events.map(({ name, attributes }) => ({ name, attributes: { ...attributes } })),
    links: span.links.map(recordedLink),
    droppedLinks: span.droppedLinksCount,
    startTimeMs: inMs(span.startTime),
    durationMs: inMs(span.duration),
    tracer: span.instrumentationScope.name,
  };
}

function recordedLink({ context, attributes }: Link): RecordedLink {
  const relation = attributes?.[ATTR_LINK_RELATION];
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    sampled: isSampled(context.traceFlags),
    ...(typeof relation === 'string' && { relation }),
    attributes: { ...attributes },
  };
}

function isSampled(flags: number): boolean {
  return (flags & TraceFlags.SAMPLED) !== 0;
}

function inMs([seconds, nanos]: HrTime): number {
  return seconds * 1_000 + nanos / 1_000_000;
}
