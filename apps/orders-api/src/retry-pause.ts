const PAUSE_MAX_MS = 60_000;

/**
 * The pause before the next attempt, in ms: twice as long each time, up to a minute, and shortened at random by up to a
 * half, so that operations that failed together do not return together.
 *
 * @param attempt the failed attempt, from 1.
 */
export function retryPauseMs(attempt: number, firstMs: number, random: () => number = Math.random): number {
  const pauseMs = Math.min(PAUSE_MAX_MS, firstMs * 2 ** (attempt - 1));
  return pauseMs * (1 - random() / 2);
}
