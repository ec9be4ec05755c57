import { useCallback, useSyncExternalStore } from 'react';
import { formatAge, type UnixNano } from './instant.ts';

const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

/** The age of a time. One clock drives all ages, and only ages with a new text render. */
export function useAge(time: UnixNano): string {
  return useSyncExternalStore(
    subscribe,
    useCallback(() => formatAge(time), [time]),
  );
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= setInterval(() => listeners.forEach((told) => told()), 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}
