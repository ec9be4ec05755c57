import { context, ROOT_CONTEXT } from '@opentelemetry/api';
import type { FanIn } from './fan-in.ts';

/**
 * Runs `work` inside a fan-in (a batch, a join, an attempt) and ends it with the work. An error of `work` fails all of
 * its spans and is rethrown unchanged.
 *
 * @param fanIn if it is `undefined` because there was nothing to gather, the work runs without a span, and still
 *   detached from the active one.
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
