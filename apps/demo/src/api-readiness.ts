import { setTimeout as sleep } from 'node:timers/promises';

const PAUSE_MS = 500;
const REQUEST_TIMEOUT_MS = 2_000;

/** Polls orders-api until it is ready, or the signal aborts. Calls `onWaiting` once if the first request fails. */
export async function untilReady(url: string, signal: AbortSignal, onWaiting: () => void): Promise<void> {
  for (let attempt = 1; !signal.aborted; attempt++) {
    if (await isReady(url, signal)) return;
    if (attempt === 1) onWaiting();
    await sleep(PAUSE_MS, undefined, { signal }).catch(() => undefined);
  }
}

async function isReady(url: string, signal: AbortSignal): Promise<boolean> {
  try {
    const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
    const answer = await fetch(`${url}/health/ready`, { signal: deadline });
    await answer.body?.cancel();
    return answer.ok;
  } catch {
    return false;
  }
}
