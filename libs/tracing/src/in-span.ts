import {
  context,
  SpanStatusCode,
  type Attributes,
  type Context,
  type Span,
  type SpanOptions,
  type Tracer,
} from '@opentelemetry/api';

/**
 * Runs `work` inside a new active span and ends the span with it. An error is recorded on the span, sets its status to
 * error, and is rethrown unchanged.
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
  return tracer.startActiveSpan(name, options, parent, (span) =>
    whenDone(
      () => work(span),
      (failure) => {
        if (failure) markFailed(span, failure.error);
        span.end();
      },
    ),
  );
}

/**
 * Runs `work` and calls `done` once, when `work` has returned, thrown, or settled its promise. Passes the outcome on
 * unchanged.
 */
export function whenDone<T>(work: () => T, done: (failure?: { readonly error: unknown }) => void): T {
  let result: T;
  try {
    result = work();
  } catch (error) {
    done({ error });
    throw error;
  }
  if (!isPromise(result)) {
    done();
    return result;
  }
  const settled = result.then(
    (value: unknown) => {
      done();
      return value;
    },
    (error: unknown) => {
      done({ error });
      throw error;
    },
  );
  return settled as T;
}

/** Span attribute of the general conventions: the kind of error. */
const ATTR_ERROR_TYPE = 'error.type';

/**
 * Records an error on a span, as exception event, `error.type` and status, without ending it. Never throws, even for an
 * object that cannot be converted to text.
 *
 * @param about further attributes of the event, for example which message failed.
 */
export function markFailed(span: Span, error: unknown, about?: Attributes): void {
  if (about === undefined) span.recordException(error instanceof Error ? error : messageOf(error));
  else span.addEvent('exception', { ...exceptionAttributes(error), ...about });
  markStatus(span, error);
}

/** Sets the status and `error.type` of a span whose child or instrumentation records the error itself. */
export function markStatus(span: Span, error: unknown, message = messageOf(error)): void {
  span.setAttribute(ATTR_ERROR_TYPE, error instanceof Error ? error.name : '_OTHER');
  span.setStatus({ code: SpanStatusCode.ERROR, message });
}

export function isPromise(value: unknown): value is Promise<unknown> {
  return (
    typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
  );
}

function exceptionAttributes(error: unknown): Attributes {
  const attributes: Attributes = { 'exception.message': messageOf(error) };
  if (!(error instanceof Error)) return attributes;
  attributes['exception.type'] = error.name;
  if (error.stack !== undefined) attributes['exception.stacktrace'] = error.stack;
  return attributes;
}

function messageOf(thrown: unknown): string {
  try {
    return thrown instanceof Error ? thrown.message : String(thrown);
  } catch {
    return 'something that cannot be shown was thrown';
  }
}
