import { useCallback, useSyncExternalStore } from 'react';

/** The zone in which the page writes times: the one of the reader's device, or UTC. */
export const TIME_ZONES = ['local', 'utc'] as const;
export type TimeZone = (typeof TIME_ZONES)[number];

const KEY = 'span-links.time-zone';
const listeners = new Set<() => void>();
let chosen: TimeZone | undefined;

/**
 * The zone of all times on the page. Functions that write a time read it here, so the page draws
 * its views again after a change.
 */
export function timeZone(): TimeZone {
  chosen ??= storedZone();
  return chosen;
}

/** The zone, and a function to change it for this browser. */
export function useTimeZone(): readonly [TimeZone, (zone: TimeZone) => void] {
  const zone = useSyncExternalStore(subscribe, timeZone);
  return [zone, useCallback(chooseTimeZone, [])];
}

export function chooseTimeZone(zone: TimeZone): void {
  chosen = zone;
  remember(zone);
  listeners.forEach((listener) => listener());
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

// A browser may refuse storage. The choice then lasts as long as the page.
function storedZone(): TimeZone {
  try {
    const stored = localStorage.getItem(KEY);
    return TIME_ZONES.find((zone) => zone === stored) ?? 'local';
  } catch {
    return 'local';
  }
}

function remember(zone: TimeZone): void {
  try {
    localStorage.setItem(KEY, zone);
  } catch {
    return;
  }
}
