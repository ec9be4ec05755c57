import { context, INVALID_TRACEID, trace, type SpanOptions } from '@opentelemetry/api';
import { CallSpan, quietly } from './call-span.ts';
import { followResult } from './follow-result.ts';
import { currentTracer } from './tracer.ts';

/** Any method, as far as a wrapper is concerned. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The span that each call of a method gets. */
export interface CallShape {
  readonly name: string;
  /** Shared by all calls. */
  readonly options: SpanOptions;
  /** Whether what was thrown makes the span a failed one. */
  readonly isFailure: (error: unknown) => boolean;
  /** Whether only Nest sees the result: then any Observable may be replaced by a plain one. */
  readonly forNest: boolean;
}

/**
 * Calls a method inside a span of its own that ends with its result: also with the promise, the Observable or the generator
 * that it returns. Whatever tracing does wrong, the method is called once and its result or error passed on.
 */
export function tracedCall(shape: CallShape, method: Method, self: unknown, args: unknown[]): unknown {
  const span = quietly(() => currentTracer().startSpan(shape.name, shape.options));
  // Without an SDK a context of its own would be half of the cost of a call.
  if (span === undefined || span.spanContext().traceId === INVALID_TRACEID) return method.apply(self, args);
  // Unsampled: there is nothing to end, but what the call starts or stores has to know its parent.
  if (!span.isRecording()) {
    return context.with(trace.setSpan(context.active(), span), method, self, ...args);
  }
  const call = new CallSpan(span, shape.isFailure);
  let result: unknown;
  try {
    result = context.with(call.scope, method, self, ...args);
  } catch (error) {
    call.fail(error);
    throw error;
  }
  return followResult(result, call, shape.forNest);
}
