import { formatDuration } from './duration.ts';

/**
 * An absolute time as the API writes it: nanoseconds since 1970 in decimal, too large for a number.
 */
export type UnixNano = string;

/** From one absolute time to another, in ns. Exact up to 104 days. */
export function nanosBetween(from: UnixNano, to: UnixNano): number {
  return Number(BigInt(to) - BigInt(from));
}

export function plusNanos(time: UnixNano, ns: number): UnixNano {
  return String(BigInt(time) + BigInt(Math.round(ns)));
}

export function toDate(time: UnixNano): Date {
  return new Date(Number(BigInt(time) / 1_000_000n));
}

/** `19:03:12.482`, with the day in front if it is not today. In the reader's time zone. */
export function formatInstant(time: UnixNano, now = new Date()): string {
  const date = toDate(time);
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
  return date.toDateString() === now.toDateString() ? clock : `${day(date)} ${clock}`;
}

/** The full precision for a tooltip: to the nanosecond, in UTC. */
export function formatInstantExactly(time: UnixNano): string {
  const ns = (BigInt(time) % 1_000_000_000n).toString().padStart(9, '0');
  return toDate(time)
    .toISOString()
    .replace(/\.\d{3}Z$/, `.${ns}Z`);
}

/** `just now`, `12 s ago`, `3 m ago`. */
export function formatAge(time: UnixNano, nowMs = Date.now()): string {
  const seconds = Math.floor((nowMs - toDate(time).getTime()) / 1_000);
  if (seconds < 2) return 'just now';
  const [coarse = ''] = /^[\d.]+ \w+/.exec(formatDuration(seconds * 1e9)) ?? [];
  return `${coarse} ago`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function day(date: Date): string {
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
