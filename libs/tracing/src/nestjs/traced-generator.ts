import { context } from '@opentelemetry/api';
import type { CallSpan } from './call-span.ts';

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;
type Step = IteratorResult<unknown, unknown>;

const GENERATOR_PROTOTYPES: readonly object[] = [
  prototypeOfPrototype(function* () {}),
  prototypeOfPrototype(async function* () {}),
];

/** Whether a value is what a generator function, sync or async, returns; or a {@link tracedGenerator}. */
export function isGenerator(value: unknown): value is AnyGenerator {
  return (
    typeof value === 'object' &&
    value !== null &&
    GENERATOR_PROTOTYPES.some((prototype) => Object.prototype.isPrototypeOf.call(prototype, value))
  );
}

/**
 * A generator that runs each step of its source in the context of the call, for a generator runs in that of whoever asks
 * for the next value, and ends the call's span with the last step. One that nobody runs to its end, not even by leaving a
 * `for` loop, has not ended, and neither does its span.
 */
export function tracedGenerator(source: AnyGenerator, call: CallSpan): AnyGenerator {
  const stepBy = (method: 'next' | 'return' | 'throw') => ({
    configurable: true,
    writable: true,
    value: (sent: unknown) => {
      try {
        const step = context.with(call.scope, () => source[method](sent));
        return step instanceof Promise ? step.then(endIfDone, failAndThrow) : endIfDone(step);
      } catch (error) {
        return failAndThrow(error);
      }
    },
  });
  const endIfDone = (step: Step): Step => {
    if (step.done) call.end();
    return step;
  };
  const failAndThrow = (error: unknown): never => {
    call.fail(error);
    throw error;
  };
  // Inherits the rest, so that it still is its own iterator and an instance of what the source is one of.
  return Object.create(source, {
    next: stepBy('next'),
    return: stepBy('return'),
    throw: stepBy('throw'),
  }) as AnyGenerator;
}

function prototypeOfPrototype(generatorFunction: { readonly prototype: object }): object {
  return Object.getPrototypeOf(generatorFunction.prototype) as object;
}
