import { isObservable, Observable } from 'rxjs';
import type { CallSpan } from './call-span.ts';
import { isGenerator, tracedGenerator } from './traced-generator.ts';
import { tracedObservable } from './traced-observable.ts';

/**
 * Ends the span of a call with its result: at once, or when the returned promise, Observable or generator has ended.
 * Such a result is replaced by one that behaves the same. If a caller could notice the difference, the result stays as
 * it is, and the span ends with the call.
 *
 * @param forNest see {@link CallShape}.
 */
export function followResult(result: unknown, call: CallSpan, forNest: boolean): unknown {
  try {
    if (isPlainPromise(result)) {
      return result.then(
        (value) => followResult(value, call, forNest),
        (error: unknown) => {
          call.fail(error);
          throw error;
        },
      );
    }
    if (isReplaceableObservable(result, forNest)) return tracedObservable(result, call);
    if (isGenerator(result)) return tracedGenerator(result, call);
  } catch {
    // A result whose own getters or proxy traps throw.
  }
  call.end();
  return result;
}

// Not any thenable: a query builder runs only when `then` is called, and its caller may want to extend it first. Also
// not a promise that has more than its result, such as a child process.
function isPlainPromise(value: unknown): value is Promise<unknown> {
  return value instanceof Promise && Object.keys(value).length === 0;
}

// A provider may return a Subject that its callers feed, or an Observable with its own methods.
function isReplaceableObservable(value: unknown, forNest: boolean): value is Observable<unknown> {
  if (typeof value !== 'object' || value === null) return false;
  return forNest ? isObservable(value) : Object.getPrototypeOf(value) === Observable.prototype;
}
