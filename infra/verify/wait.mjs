import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 250;

/**
 * Asks again and again until the answer is neither undefined, null, false nor an error.
 *
 * @throws where that takes longer than `timeoutMs`, with what was waited for and the last error.
 */
export async function until(what, ask, { signal, timeoutMs = 30_000 }) {
  const deadline = Date.now() + timeoutMs;
  for (;;) {
    let trouble = '';
    try {
      const answer = await ask();
      if (answer !== undefined && answer !== null && answer !== false) return answer;
    } catch (error) {
      trouble = `: ${error.message}`;
    }
    signal.throwIfAborted();
    if (Date.now() > deadline) throw new Error(`waited ${timeoutMs / 1_000} s in vain for ${what}${trouble}`);
    await sleep(PAUSE_MS, undefined, { signal });
  }
}

/** @throws with `sentence` where `condition` does not hold. */
export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
