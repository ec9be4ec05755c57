import {
  ROOT_CONTEXT,
  SpanStatusCode,
  TraceFlags,
  trace,
  type Attributes,
  type Link,
  type SpanContext,
} from '@opentelemetry/api';
import type { ReadableSpan, SpanProcessor } from '@opentelemetry/sdk-trace-base';
import { sdkNode } from '../../src/sdk/packages.ts';

const ended: ReadableSpan[] = [];

const collector: SpanProcessor = {
  onStart() {},
  onEnd: (span) => void ended.push(span),
  forceFlush: () => Promise.resolve(),
  shutdown: () => Promise.resolve(),
};

const tracer = new (sdkNode().tracing.BasicTracerProvider)({ spanProcessors: [collector] }).getTracer('test');

export interface SpanShape {
  readonly name?: string;
  readonly links?: number;
  readonly attributes?: Attributes;
  /** `local`: a child in this process; `remote`: the first span of this process in somebody else's trace. */
  readonly parent?: 'local' | 'remote';
  readonly exception?: Error;
}

/** A span of the real SDK, ended. A child of a local span unless it says otherwise. */
export function endedSpan(shape: SpanShape = {}): ReadableSpan {
  const parent = aSpanContext(1, shape.parent === 'remote');
  const span = tracer.startSpan(
    shape.name ?? 'span',
    {
      links: Array.from({ length: shape.links ?? 0 }, (_, index) => aLink(index + 1)),
      ...(shape.attributes !== undefined && { attributes: shape.attributes }),
    },
    trace.setSpanContext(ROOT_CONTEXT, parent),
  );
  if (shape.exception !== undefined) {
    span.recordException(shape.exception);
    span.setStatus({ code: SpanStatusCode.ERROR });
  }
  span.end();
  return ended.pop()!;
}

/** A span without a parent. */
export function endedRoot(name = 'root'): ReadableSpan {
  tracer.startSpan(name, { root: true }).end();
  return ended.pop()!;
}

export function aLink(number: number): Link {
  return {
    context: aSpanContext(number, true),
    attributes: { 'order.id': `01890a5d-ac96-774b-bcce-${String(number).padStart(12, '0')}` },
  };
}

function aSpanContext(number: number, isRemote: boolean): SpanContext {
  return {
    traceId: number.toString(16).padStart(32, '0'),
    spanId: number.toString(16).padStart(16, '0'),
    traceFlags: TraceFlags.SAMPLED,
    isRemote,
  };
}
