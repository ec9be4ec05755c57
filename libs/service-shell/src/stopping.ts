import type { LoggerService } from '@nestjs/common';

export type StopSignal = 'SIGINT' | 'SIGTERM';

/** The reasons why a process must stop before its work is done. */
export type StopReason =
  | { kind: 'signal'; signal: StopSignal }
  | { kind: 'parent-gone' }
  | { kind: 'crash'; origin: 'uncaughtException' | 'unhandledRejection'; error: unknown };

/** Exit codes of a process that a signal ended, in the convention of shells: 128 + the signal's number. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Calls `listener` whenever this process must stop: at SIGINT and SIGTERM, when the parent at the other end of an IPC
 * channel is gone (a killed launcher must leave no orphans), and at an uncaught error. None of these then ends the
 * process by itself any more. SIGHUP is left alone, because a handler would undo `nohup`.
 */
export function watchStopReasons(listener: (reason: StopReason) => void): void {
  for (const signal of Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]) {
    process.on(signal, () => listener({ kind: 'signal', signal }));
  }
  for (const origin of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(origin, (error: unknown) => listener({ kind: 'crash', origin, error }));
  }
  process.on('disconnect', () => listener({ kind: 'parent-gone' }));
  // Undefined without a channel; false if the parent left before anyone listened.
  if (process.connected === false) listener({ kind: 'parent-gone' });

  // A launcher that dies closes the other end of the pipes. The next log line would then be an uncaught EPIPE, and its
  // report would be the next log line.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}

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
