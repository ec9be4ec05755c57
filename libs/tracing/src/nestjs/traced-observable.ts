import { context } from '@opentelemetry/api';
import { Observable } from 'rxjs';
import type { CallSpan } from './call-span.ts';

/**
 * An Observable that runs its source in the context of the call, and ends the call's span when its first subscription
 * completes, fails or is given up. Without a subscription it does nothing, and its span is never exported.
 */
export function tracedObservable<T>(source: Observable<T>, call: CallSpan): Observable<T> {
  let subscribed = false;
  return new Observable<T>((subscriber) => {
    if (subscribed) return source.subscribe(subscriber);
    subscribed = true;
    // The subscriber's work on a value is not part of the call.
    const outside = context.active();
    const subscription = context.with(call.scope, () =>
      source.subscribe({
        next: (value) => context.with(outside, () => subscriber.next(value)),
        error: (error: unknown) => {
          call.fail(error);
          context.with(outside, () => subscriber.error(error));
        },
        complete: () => {
          call.end();
          context.with(outside, () => subscriber.complete());
        },
      }),
    );
    return () => {
      subscription.unsubscribe();
      call.end();
    };
  });
}
