import { context } from '@opentelemetry/api';
import type { CallSpan } from './call-span.ts';

type AnyGenerator = Generator<unknown, unknown, unknown> | AsyncGenerator<unknown, unknown, unknown>;
type Step = IteratorResult<unknown, unknown>;

const GENERATOR_PROTOTYPES: readonly object[] = [
  prototypeOfPrototype(function* () {}),
  prototypeOfPrototype(async function* () {}),
];

/** Whether a value is the result of a generator function, sync or async, or a {@link tracedGenerator}. */
export function isGenerator(value: unknown): value is AnyGenerator {
  return (
    typeof value === 'object' &&
    value !== null &&
    GENERATOR_PROTOTYPES.some((prototype) => Object.prototype.isPrototypeOf.call(prototype, value))
  );
}

/**
 * A generator that runs each step of its source in the context of the call, because a plain generator runs in the
 * context of its consumer. Ends the call's span with the last step. A generator that nobody runs to its end, not even
 * by leaving a `for` loop, does not end, so its span does not end either.
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
  // Inherits the rest, so that it is still its own iterator and an instance of the source's class.
  return Object.create(source, {
    next: stepBy('next'),
    return: stepBy('return'),
    throw: stepBy('throw'),
  }) as AnyGenerator;
}

function prototypeOfPrototype(generatorFunction: { readonly prototype: object }): object {
  return Object.getPrototypeOf(generatorFunction.prototype) as object;
}
