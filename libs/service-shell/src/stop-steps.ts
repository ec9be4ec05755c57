import type { LoggerService } from '@nestjs/common';

/** One step of an orderly stop. */
export interface StopStep {
  name: string;
  run: () => Promise<unknown> | void;
  /** The things that the step still waits for, for the log line when it is given up. Default: the step's name. */
  stillRunning?: () => string;
  /** Drops what `run` waits for, when time is up. */
  abandon?: () => void;
}

// A hanging step (a request that never ends, the spans) must not prevent those after it. So a step gets three quarters
// of the remaining time and the last one all of it: 6 s, then 1.5 s, … of the default 8 s.
const SHARE_OF_TIME_LEFT = 0.75;

/**
 * Runs all steps in order, within `deadlineMs`. Logs and skips a step that fails or takes too long.
 *
 * @returns whether every step ended in time.
 */
export async function runStopSteps(
  steps: readonly StopStep[],
  options: { deadlineMs: number; log: LoggerService },
): Promise<boolean> {
  const endsAtMs = performance.now() + options.deadlineMs;
  let allEnded = true;
  for (const [index, step] of steps.entries()) {
    const leftMs = Math.max(endsAtMs - performance.now(), 0);
    const isLast = index === steps.length - 1;
    if (await endsWithin(isLast ? leftMs : leftMs * SHARE_OF_TIME_LEFT, step, options.log)) continue;
    allEnded = false;
    options.log.error(`did not stop in time; still running: ${step.stillRunning?.() ?? step.name}`);
    step.abandon?.();
  }
  return allEnded;
}

async function endsWithin(budgetMs: number, step: StopStep, log: LoggerService): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const timeUp = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), budgetMs);
  });
  try {
    return await Promise.race([run(step, log), timeUp]);
  } finally {
    clearTimeout(timer);
  }
}

async function run(step: StopStep, log: LoggerService): Promise<true> {
  try {
    await step.run();
  } catch (error) {
    log.error(`while stopping, ${step.name} failed`, error);
  }
  return true;
}
