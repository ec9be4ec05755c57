import type { AttributeRecord, ReceivedSpan } from '@span-links/otlp/receiver';
import type { RecordedLink, RecordedSpan } from '@span-links/tracing/testing';
import { ATTR_LINE, ATTR_LINKS_AT_START } from './child/line-marks.ts';

/** A span as the checks see it: what came over OTLP, in the form that the library's matchers take. */
export interface CheckedSpan extends RecordedSpan {
  readonly service: string;
  /** The line of the reader's file that started it. */
  readonly line: number | undefined;
  /** Links that it had when it started. */
  readonly linksAtStart: number;
  /** Its place among the spans that arrived. Spans of one service arrive in the order of their ends. */
  readonly arrival: number;
  /** When it ended, in Unix ms. */
  readonly endTimeMs: number;
}

const KINDS = ['internal', 'internal', 'server', 'client', 'producer', 'consumer'] as const;
const STATUSES = ['unset', 'ok', 'error'] as const;
const RELATION = 'spanlinks.relation';

/** The spans of a run, in the order of their starts. */
export function checkedSpans(received: readonly ReceivedSpan[]): CheckedSpan[] {
  return received
    .map(checkedSpan)
    .sort((a, b) => a.startTimeMs - b.startTimeMs || b.endTimeMs - a.endTimeMs || (a.name < b.name ? -1 : 1));
}

function checkedSpan(span: ReceivedSpan, arrival: number): CheckedSpan {
  const startTimeMs = inMs(span.startTimeUnixNano);
  const endTimeMs = inMs(span.endTimeUnixNano);
  const attributes = plain(span.attributes);
  return {
    name: span.name,
    kind: KINDS[span.kind] ?? 'internal',
    traceId: span.traceId,
    spanId: span.spanId,
    ...(span.parentSpanId !== undefined && { parentSpanId: span.parentSpanId }),
    sampled: true,
    ended: true,
    status: STATUSES[span.status.code] ?? 'unset',
    ...(span.status.message !== '' && { statusMessage: span.status.message }),
    attributes,
    events: span.events.map((event) => ({ name: event.name, attributes: plain(event.attributes) })),
    links: span.links.map((link): RecordedLink => {
      const linkAttributes = plain(link.attributes);
      const relation = linkAttributes[RELATION];
      return {
        traceId: link.traceId,
        spanId: link.spanId,
        sampled: (link.flags & 1) === 1,
        ...(typeof relation === 'string' && { relation }),
        attributes: linkAttributes,
      };
    }),
    droppedLinks: span.droppedLinksCount,
    startTimeMs,
    durationMs: endTimeMs - startTimeMs,
    tracer: span.scopeName,
    service: span.serviceName,
    line: numberOf(attributes[ATTR_LINE]),
    linksAtStart: numberOf(attributes[ATTR_LINKS_AT_START]) ?? 0,
    arrival,
    endTimeMs,
  };
}

function plain(attributes: AttributeRecord): RecordedSpan['attributes'] {
  return attributes as RecordedSpan['attributes'];
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' || typeof value === 'bigint' ? Number(value) : undefined;
}

function inMs(nanoseconds: bigint): number {
  return Number(nanoseconds / 1_000n) / 1_000;
}
