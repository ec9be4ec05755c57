import { tracedCall, type CallShape, type Method } from './traced-call.ts';

const wrappers = new WeakSet<object>();

/** A method that makes a span of each call, to be put in the place of the original. */
export function tracedMethod(original: Method, shape: CallShape): Method {
  return inPlaceOf(original, function traced(this: unknown, ...args) {
    return tracedCall(shape, original, this, args);
  });
}

/** Whether calls of this method make a span already. */
export function isTraced(method: object): boolean {
  return wrappers.has(method);
}

/**
 * Gives a wrapper the name, length, own properties and metadata of the original: what decorators such as `@Get`,
 * `@UseGuards` or `@Cron` say of a method hangs on its function, and frameworks look for it there.
 */
export function inPlaceOf(original: Method, wrapper: Method): Method {
  Object.defineProperties(wrapper, Object.getOwnPropertyDescriptors(original));
  for (const key of Reflect.getMetadataKeys(original) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, original), wrapper);
  }
  wrappers.add(wrapper);
  return wrapper;
}
