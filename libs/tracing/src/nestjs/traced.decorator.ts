import type { Attributes, SpanKind, SpanOptions } from '@opentelemetry/api';
import { ownMethodNames } from './method-names.ts';
import type { CallShape, Method } from './traced-call.ts';
import { isTraced, tracedMethod } from './traced-method.ts';

/** The span of a method that is {@link Traced}. */
export interface TracedOptions {
  /** `Class.method` by default. For a class, the replacement of `Class`. Put no ids in it. */
  readonly name?: string;
  /** INTERNAL by default. */
  readonly kind?: SpanKind;
  readonly attributes?: Attributes;
}

/** The decorator that {@link Traced} returns, for classes and methods. */
export interface TracedDecorator {
  (target: abstract new (...args: never[]) => unknown): void;
  <M extends (...args: never[]) => unknown>(
    target: object,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M>,
  ): void;
}

const ATTR_FUNCTION_NAME = 'code.function.name';

/**
 * Makes a span of each call of a method, or of each method that a class declares itself (except accessors, `#private`
 * methods and Nest's lifecycle hooks). The span is active for the call and ends with its result: with the promise, the
 * Observable or the generator that is returned. An error fails it; an `HttpException` below 500 does not, and shows as
 * `http.response.status_code`. Works above or below other decorators.
 *
 * Does not need {@link nestInstrument} or dependency injection.
 */
export function Traced(options: string | TracedOptions = {}): TracedDecorator {
  const traced = typeof options === 'string' ? { name: options } : options;
  return (target: object, key?: string | symbol, descriptor?: PropertyDescriptor) => {
    if (key !== undefined) {
      if (typeof descriptor?.value !== 'function') return;
      const qualified = `${classNameOf(target)}.${String(key)}`;
      descriptor.value = tracedMethod(descriptor.value as Method, shapeOf(traced, qualified, traced.name));
      return;
    }
    const { name: className, prototype } = target as { name: string; prototype: Record<string, Method> };
    for (const method of ownMethodNames(prototype)) {
      const original = prototype[method];
      if (original === undefined || isTraced(original)) continue;
      const shape = shapeOf(traced, `${className}.${method}`, traced.name && `${traced.name}.${method}`);
      const replacement = { value: tracedMethod(original, shape) };
      Object.defineProperty(prototype, method, replacement);
    }
  };
}

function shapeOf({ kind, attributes }: TracedOptions, qualified: string, name = qualified): CallShape {
  const options: SpanOptions = { attributes: { ...attributes, [ATTR_FUNCTION_NAME]: qualified } };
  if (kind !== undefined) options.kind = kind;
  return { name, options, isFailure: () => true, forNest: false };
}

// A static method is declared on the class itself, any other on its prototype.
function classNameOf(target: object): string {
  return typeof target === 'function' ? target.name : target.constructor.name;
}
