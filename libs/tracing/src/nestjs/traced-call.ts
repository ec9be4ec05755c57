import { context, INVALID_TRACEID, trace, type SpanOptions } from '@opentelemetry/api';
import { CallSpan, quietly } from './call-span.ts';
import { followResult } from './follow-result.ts';
import { libraryTracer } from '../library-tracer.ts';

/** The type of any method. */
export type Method = (this: unknown, ...args: unknown[]) => unknown;

/** The span of each call of a method. */
export interface CallShape {
  readonly name: string;
  /** Shared by all calls. */
  readonly options: SpanOptions;
  /** Whether the error marks the span as failed. */
  readonly isFailure: (error: unknown) => boolean;
  /** Whether only Nest sees the result; any Observable may then be replaced by a plain one. */
  readonly forNest: boolean;
}

/**
 * Calls a method inside its own span, which ends with its result: also with the promise, the Observable or the
 * generator that it returns. Even if tracing fails, the method is called once and its result or error is passed on.
 */
export function tracedCall(shape: CallShape, method: Method, self: unknown, args: unknown[]): unknown {
  const span = quietly(() =>
    libraryTracer('@span-links/tracing/nestjs').startSpan(shape.name, shape.options),
  );
  // Without an SDK, the extra context would be half of the cost of a call.
  if (span === undefined || span.spanContext().traceId === INVALID_TRACEID) return method.apply(self, args);
  // Unsampled: no span to end, but everything that the call starts or stores must know its parent.
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
