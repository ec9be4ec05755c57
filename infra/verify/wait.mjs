import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 250;

/**
 * Asks repeatedly until it gets an answer that is not undefined, null, false or an error.
 *
 * @throws an error that names the awaited event and the last error, if this takes longer than `timeoutMs`.
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

/** @throws an error with `sentence` if `condition` is false. */
export function expect(condition, sentence) {
  if (!condition) throw new Error(sentence);
}
