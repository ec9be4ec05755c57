import type { Type } from '@nestjs/common';
import { quietly } from './call-span.ts';
import { allMethodNames } from './method-names.ts';
import type { CallShape, Method } from './traced-call.ts';
import { isTraced, tracedMethod } from './traced-method.ts';

/** Selects the methods for which {@link nestInstrument} makes spans. */
export interface NestInstrumentOptions {
  /** The handlers of controllers: every method with a route. True by default. */
  readonly handlers?: boolean;
  /**
   * Selects further methods that get spans; none by default. Called once per class and method, for everything that Nest
   * creates, including its own classes. Allow only what you know, e.g. `(type) => type === StockService`.
   */
  readonly providers?: (type: Type, method: string) => boolean;
  /**
   * Whether an error marks the span of a handler or provider as failed. By default every error does, except an
   * `HttpException` below 500, which is never passed to this function. Use it for errors that an exception filter
   * answers with a 4xx.
   */
  readonly isFailure?: (error: unknown) => boolean;
}

/** The value of Nest's option `instrument`. */
export interface NestInstrument {
  readonly instanceDecorator: (instance: unknown) => unknown;
}

type Wrappers = Readonly<Record<string, PropertyDescriptor>>;

// Nest's own keys. @nestjs/common moved their export between 11 and 12, but the keys have been the same since Nest 4.
const CONTROLLER_METADATA = '__controller__';
const ROUTE_METADATA = 'path';

/**
 * Makes spans for the handlers of controllers, and for selected providers, on NestJS 11.1.4 and later:
 * `NestFactory.create(AppModule, { instrument: nestInstrument() })`. `@opentelemetry/instrumentation-nestjs-core`
 * supports only Nest below 12, because it patches modules that are ES modules since Nest 12.
 *
 * A handler's span is `Controller.handler`, with the attributes of that instrumentation, and lasts as long as the
 * handler and the stream that it returns; guards, pipes and interceptors run before it. It has no `http.route`, because
 * Nest does not tell handlers; the server's span above it has one. A method that is {@link Traced} keeps its one span.
 *
 * The methods are replaced on the instances, never on the classes. Nothing here throws into the application.
 */
export function nestInstrument(options: NestInstrumentOptions = {}): NestInstrument {
  const wrappersOfClass = new WeakMap<object, Wrappers>();
  return {
    instanceDecorator(instance) {
      if (typeof instance !== 'object' || instance === null) return instance;
      try {
        const prototype = Object.getPrototypeOf(instance) as object;
        // Once per class, because Nest makes instances of request-scoped classes with each request.
        let wrappers = wrappersOfClass.get(prototype);
        if (wrappers === undefined) {
          wrappers = wrappersFor(prototype, options);
          wrappersOfClass.set(prototype, wrappers);
        }
        putOn(instance, wrappers);
      } catch {
        // An instance that is frozen, has no prototype, or is a proxy that refuses inspection stays as it is.
      }
      return instance;
    },
  };
}

function wrappersFor(prototype: object, options: NestInstrumentOptions): Wrappers {
  const wrappers: Record<string, PropertyDescriptor> = {};
  const type = prototype.constructor as Type;
  const isController = options.handlers !== false && Reflect.hasMetadata(CONTROLLER_METADATA, type);
  for (const name of allMethodNames(prototype)) {
    const method = (prototype as Record<string, Method>)[name];
    if (method === undefined || isTraced(method)) continue;
    const isHandler = isController && Reflect.hasMetadata(ROUTE_METADATA, method);
    if (!isHandler && quietly(() => options.providers?.(type, name)) !== true) continue;
    wrappers[name] = {
      value: tracedMethod(method, shapeOf(type.name, name, isHandler, options)),
      configurable: true,
      writable: true,
      // Not enumerable, so copies, comparisons and prints of the instance do not show it.
      enumerable: false,
    };
  }
  return wrappers;
}

// An instance's own property stays: its constructor may have bound a method, and the wrapper would lose that `this`.
function putOn(instance: object, wrappers: Wrappers): void {
  for (const name in wrappers) {
    if (!Object.hasOwn(instance, name)) Object.defineProperty(instance, name, wrappers[name] ?? {});
  }
}

function shapeOf(
  className: string,
  method: string,
  isHandler: boolean,
  { isFailure = () => true }: NestInstrumentOptions,
): CallShape {
  const name = `${className}.${method}`;
  const ofHandler = { 'nestjs.type': 'handler', 'nestjs.controller': className, 'nestjs.callback': method };
  const attributes = { ...(isHandler && ofHandler), 'code.function.name': name };
  return { name, options: { attributes }, isFailure, forNest: isHandler };
}
