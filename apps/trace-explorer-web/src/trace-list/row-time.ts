import { useCallback, useSyncExternalStore } from 'react';
import { formatAge, formatInstant, toDate, type UnixNano } from '../time/instant.ts';

/**
 * A time in a narrow column: today's to the millisecond, an earlier one to the second with its day.
 */
export function rowTime(time: UnixNano, now = new Date()): string {
  const date = toDate(time);
  if (date.toDateString() === now.toDateString()) return formatInstant(time, now);
  const isThisYear = date.getFullYear() === now.getFullYear();
  const day = date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(!isThisYear && { year: 'numeric' }),
  });
  const clock = date.toLocaleTimeString('en-GB');
  return `${day} ${isThisYear ? clock : clock.slice(0, -3)}`;
}

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
