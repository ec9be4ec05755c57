import {
  SpanStatusCode,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
  context,
} from '@opentelemetry/api';

/**
 * Runs `work` inside a new active span and ends the span with it. What `work` throws is recorded on the span, sets its
 * status to error, and is thrown on unchanged.
 *
 * @param parent the context to start in; the active one by default.
 */
export function inSpan<T>(
  tracer: Tracer,
  name: string,
  options: SpanOptions,
  work: (span: Span) => T,
  parent: Context = context.active(),
): T {
  return tracer.startActiveSpan(name, options, parent, (span) => {
    let result: T;
    try {
      result = work(span);
    } catch (error) {
      throw failSpan(span, error);
    }
    if (!isPromise(result)) {
      span.end();
      return result;
    }
    const settled = result.then(
      (value: unknown) => {
        span.end();
        return value;
      },
      (error: unknown) => {
        throw failSpan(span, error);
      },
    );
    return settled as T;
  });
}

/** Span attribute of the general conventions: what kind of error it was. */
const ATTR_ERROR_TYPE = 'error.type';

/**
 * Records an error on a span, as exception event, `error.type` and status, without ending it. Never throws: what is thrown
 * may be anything, also an object that cannot be made a text of.
 */
export function markFailed(span: Span, error: unknown): void {
  const isError = error instanceof Error;
  const message = isError ? error.message : textOf(error);
  span.recordException(isError ? error : message);
  span.setAttribute(ATTR_ERROR_TYPE, isError ? error.name : '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

function textOf(thrown: unknown): string {
  try {
    return String(thrown);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}

function failSpan(span: Span, error: unknown): unknown {
  markFailed(span, error);
  span.end();
  return error;
}

function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}
