const PAUSE_MAX_MS = 60_000;

/**
 * How long to wait before the next attempt, in ms: twice as long each time, up to a minute, and shortened by up to a half
 * at random, so that what failed together does not come back together.
 *
 * @param attempt the one that failed, from 1.
 */
export function retryPauseMs(attempt: number, firstMs: number, random: () => number = Math.random): number {
  const pauseMs = Math.min(PAUSE_MAX_MS, firstMs * 2 ** (attempt - 1));
  return pauseMs * (1 - random() / 2);
}
