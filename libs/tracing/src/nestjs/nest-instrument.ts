import type { Type } from '@nestjs/common';
import { quietly } from './call-span.ts';
import { allMethodNames } from './method-names.ts';
import type { CallShape, Method } from './traced-call.ts';
import { isTraced, tracedMethod } from './traced-method.ts';

/** What {@link nestInstrument} makes spans of. */
export interface NestInstrumentOptions {
  /** The handlers of controllers: every method with a route. True by default. */
  readonly handlers?: boolean;
  /**
   * Which methods of which classes get spans besides; none by default. Asked once per class and method, for everything that
   * Nest creates, its own classes included: allow what you know, e.g. `(type) => type === StockService`.
   */
  readonly providers?: (type: Type, method: string) => boolean;
  /**
   * Whether an error makes a handler's or provider's span a failed one; by default each does, except an `HttpException`
   * below 500, which is not asked about. For errors that an exception filter answers with a 4xx.
   */
  readonly isFailure?: (error: unknown) => boolean;
}

/** The value of Nest's option `instrument`. */
export interface NestInstrument {
  readonly instanceDecorator: (instance: unknown) => unknown;
}

type Wrappers = Readonly<Record<string, PropertyDescriptor>>;

// Nest's own keys; @nestjs/common moved their export between 11 and 12, while the keys have been the same since Nest 4.
const CONTROLLER_METADATA = '__controller__';
const ROUTE_METADATA = 'path';

/**
 * Spans for the handlers of controllers, and for providers by choice, on NestJS 11.1.4 and later:
 * `NestFactory.create(AppModule, { instrument: nestInstrument() })`. `@opentelemetry/instrumentation-nestjs-core` patches
 * modules that are ES modules since Nest 12, and supports Nest below 12 only.
 *
 * A handler's span is `Controller.handler`, with that instrumentation's attributes, and lasts as long as the handler and
 * the stream that it returns; guards, pipes and interceptors come before it. It bears no `http.route`, which Nest tells no
 * handler: the server's span above it does. A method that is {@link Traced} keeps its one span.
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
        // Once per class: Nest makes instances of request-scoped classes with each request.
        let wrappers = wrappersOfClass.get(prototype);
        if (wrappers === undefined) {
          wrappers = wrappersFor(prototype, options);
          wrappersOfClass.set(prototype, wrappers);
        }
        putOn(instance, wrappers);
      } catch {
        // Frozen, without a prototype, or a proxy that does not want to be looked at: it stays as it is.
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
      // Whoever copies, compares or prints the instance does not see it.
      enumerable: false,
    };
  }
  return wrappers;
}

// What an instance has of its own stays: its constructor may have bound a method, and the wrapper would lose that `this`.
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
