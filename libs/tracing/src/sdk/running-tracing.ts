import { overWithin } from './deadline.ts';
import { NO_COUNTERS, addCounters } from './export-counters.ts';
import { DEFAULT_DEADLINE_MS } from './export-queue.ts';
import type { LinkSafeProcessor } from './link-safe-processor.ts';
import type { MetricReaders } from './metric-readers.ts';
import type { Tracing } from './tracing.ts';

/**
 * Share of a stop's time that spans may use while metrics are exported as well: the last metrics count the lost spans.
 */
const SHARE_OF_SPANS = 0.75;

export interface StartedParts {
  readonly sdk: { shutdown(): Promise<void> };
  readonly linkLimit: number;
  readonly queues: readonly LinkSafeProcessor[];
  readonly metrics: MetricReaders;
}

/** The handle of the running tracing. */
export function tracingOf({ sdk, linkLimit, queues, metrics }: StartedParts): Tracing {
  let stopped: Promise<boolean> | undefined;
  const all = async (results: Promise<boolean>[]): Promise<boolean> =>
    (await Promise.all(results)).every(Boolean);
  const stop = async (deadlineMs = DEFAULT_DEADLINE_MS): Promise<boolean> => {
    const giveUpAtMs = performance.now() + deadlineMs;
    const spansMs = metrics.readers.length > 0 ? deadlineMs * SHARE_OF_SPANS : deadlineMs;
    metrics.finishUp();
    const complete = await all(queues.map((queue) => queue.close(spansMs)));
    // Readers and log exporters have their own deadlines, up to 30 s; nobody waits for those.
    await overWithin(sdk.shutdown(), giveUpAtMs - performance.now());
    metrics.letGo();
    return complete;
  };
  return {
    enabled: true,
    linkLimit,
    counters: () => queues.map((queue) => queue.counters()).reduce(addCounters, NO_COUNTERS),
    exportRoom: async (spans) => {
      await Promise.all(queues.map((queue) => queue.room(spans)));
    },
    flush: (deadlineMs) => all(queues.map((queue) => queue.flush(deadlineMs))),
    stop: (deadlineMs) => (stopped ??= stop(deadlineMs)),
  };
}
