import { tracedCall, type CallShape, type Method } from './traced-call.ts';

const wrappers = new WeakSet<object>();

/** A method that makes a span of each call, as a replacement of the original. */
export function tracedMethod(original: Method, shape: CallShape): Method {
  return inPlaceOf(original, function traced(this: unknown, ...args) {
    return tracedCall(shape, original, this, args);
  });
}

/** Whether calls of this method already make a span. */
export function isTraced(method: object): boolean {
  return wrappers.has(method);
}

/**
 * Gives a wrapper the name, length, own properties and metadata of the original. Decorators such as `@Get`,
 * `@UseGuards` or `@Cron` store their data on the function of a method, and frameworks look for it there.
 */
export function inPlaceOf(original: Method, wrapper: Method): Method {
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  for (const key of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
  }
  wrappers.add(wrapper);
  return wrapper;
}
