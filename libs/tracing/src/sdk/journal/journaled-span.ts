import type { Attributes, HrTime, Link, SpanKind, SpanStatus } from '@opentelemetry/api';
import type { EndedSpan } from '../span-pipeline.ts';

/**
 * A span of the SDK 2.x or 3.x as far as exporters read it, running or ended. The journal writes and makes such spans.
 */
export interface JournaledSpan extends EndedSpan {
  readonly kind: SpanKind;
  readonly startTime: HrTime;
  readonly endTime: HrTime;
  readonly status: SpanStatus;
  readonly links: readonly JournaledLink[];
  readonly events: readonly JournaledEvent[];
  readonly resource: JournaledResource;
  readonly instrumentationScope: JournaledScope;
  readonly droppedAttributesCount: number;
  readonly droppedEventsCount: number;
  readonly droppedLinksCount: number;
}

export interface JournaledLink extends Link {
  readonly droppedAttributesCount?: number;
}

export interface JournaledEvent {
  readonly name: string;
  readonly time: HrTime;
  readonly attributes?: Attributes;
  readonly droppedAttributesCount?: number;
}

export interface JournaledScope {
  readonly name: string;
  readonly version?: string;
  readonly schemaUrl?: string;
}

export interface JournaledResource {
  readonly attributes: Attributes;
  readonly asyncAttributesPending?: boolean;
  readonly schemaUrl?: string;
  waitForAsyncAttributes?(): Promise<void>;
  getRawAttributes?(): readonly (readonly [string, unknown])[];
}

/** On a span whose process died before its end. It tells backends that a complete copy may still come. */
export const ATTR_INTERRUPTED = 'spanlinks.interrupted';

/** The status message of such a span. */
export const INTERRUPTED = 'interrupted';

/** What identifies a span in the journal. */
export function keyOf(span: EndedSpan): string {
  const { traceId, spanId } = span.spanContext();
  return traceId + spanId;
}
