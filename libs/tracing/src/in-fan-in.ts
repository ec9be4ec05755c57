import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { FanIn } from './fan-in.ts';

/**
 * Runs `work` inside a fan-in (a batch, a join, an attempt) and ends it with the work. What `work` throws fails all of
 * its spans and is thrown on unchanged.
 *
 * @param fanIn where it is `undefined`, for there was nothing to gather, the work runs without a span, and detached
 *   from the active one all the same.
 */
export async function inFanIn<Started extends FanIn | undefined, T>(
  fanIn: Started,
  work: (fanIn: Started) => T | PromiseLike<T>,
): Promise<T> {
  try {
    return await context.with(fanIn?.context ?? ROOT_CONTEXT, () => work(fanIn));
  } catch (error) {
    fanIn?.fail(error);
    throw error;
  } finally {
    fanIn?.end();
  }
}
