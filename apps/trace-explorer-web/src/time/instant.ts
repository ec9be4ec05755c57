import { formatDuration } from './duration.ts';
import { timeZone, type TimeZone } from './time-zone.ts';

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

/** `19:03:12.482`, with the day in front if it is not today. */
export function formatInstant(time: UnixNano, now = new Date(), zone = timeZone()): string {
  const date = toDate(time);
  const { day, clock, ms } = partsOf(date, zone);
  return day === partsOf(now, zone).day ? `${clock}.${ms}` : `${day} ${clock}.${ms}`;
}

/** `formatInstant` with its zone: `19:03:12.482 UTC`. */
export function formatInstantInZone(time: UnixNano, now = new Date(), zone = timeZone()): string {
  return `${formatInstant(time, now, zone)} ${zoneName(zone, toDate(time))}`;
}

/**
 * A time in a narrow column: today's to the millisecond, an earlier one to the second with its day.
 */
export function formatInstantShortly(time: UnixNano, now = new Date(), zone = timeZone()): string {
  const date = toDate(time);
  const { day, clock, ms } = partsOf(date, zone);
  const today = partsOf(now, zone).day;
  if (day === today) return `${clock}.${ms}`;
  if (day.slice(0, 4) === today.slice(0, 4)) return `${dayAndMonth(date, zone)} ${clock}`;
  return `${dayAndMonth(date, zone)} ${day.slice(0, 4)} ${clock.slice(0, 5)}`;
}

/** `14:03`, with the day in front if it is not the one of `dayOf`. */
export function formatMinute(date: Date, dayOf: Date, zone = timeZone()): string {
  const { day, clock } = partsOf(date, zone);
  const minute = clock.slice(0, 5);
  return day === partsOf(dayOf, zone).day ? minute : `${dayAndMonth(date, zone)} ${minute}`;
}

/** `14:03:09` */
export function formatClock(date: Date, zone = timeZone()): string {
  return partsOf(date, zone).clock;
}

/** ISO 8601 to the nanosecond, with `Z` or the distance from UTC: for machines and for files. */
export function isoInstant(time: UnixNano, zone: TimeZone = 'utc'): string {
  const ns = (BigInt(time) % 1_000_000_000n).toString().padStart(9, '0');
  const date = toDate(time);
  const { day, clock } = partsOf(date, zone);
  return `${day}T${clock}.${ns}${distanceFromUtc(date, zone)}`;
}

/** The full precision for a tooltip: to the nanosecond, with the name of the zone. */
export function formatInstantExactly(time: UnixNano, zone = timeZone()): string {
  return `${isoInstant(time, zone)} (${zone === 'utc' ? 'UTC' : placeName()})`;
}

/** `UTC`, `CET`, `GMT+5:30`. A zone may have another name in summer. */
export function zoneName(zone = timeZone(), date = new Date()): string {
  if (zone === 'utc') return 'UTC';
  const parts = new Intl.DateTimeFormat('en-GB', { timeZoneName: 'short' }).formatToParts(date);
  return parts.find(({ type }) => type === 'timeZoneName')?.value ?? 'local time';
}

/** The zone of the reader's device: `Europe/Vienna`. */
export function placeName(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** The value of an `<input type="datetime-local">`, to the second. */
export function toDateTimeInput(ms: number, zone = timeZone()): string {
  const { day, clock } = partsOf(new Date(ms), zone);
  return `${day}T${clock}`;
}

/** @returns unix ms, or undefined if the text is empty or no time. */
export function fromDateTimeInput(text: string, zone = timeZone()): number | undefined {
  const ms = text === '' ? NaN : new Date(zone === 'utc' ? `${text}Z` : text).getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}

/** `just now`, `12 s ago`, `3 m ago`. */
export function formatAge(time: UnixNano, nowMs = Date.now()): string {
  const seconds = Math.floor((nowMs - toDate(time).getTime()) / 1_000);
  if (seconds < 2) return 'just now';
  const [coarse = ''] = /^[\d.]+ \w+/.exec(formatDuration(seconds * 1e9)) ?? [];
  return `${coarse} ago`;
}

/** The wall clock of a zone: `2026-11-21`, `19:03:12`, `482`. */
function partsOf(date: Date, zone: TimeZone) {
  const minutes = zone === 'utc' ? 0 : date.getTimezoneOffset();
  // UTC methods of a shifted date read the local clock.
  const [day = '', clock = ''] = new Date(date.getTime() - minutes * 60_000).toISOString().split('T');
  return { day, clock: clock.slice(0, 8), ms: clock.slice(9, 12) };
}

function dayAndMonth(date: Date, zone: TimeZone): string {
  return date.toLocaleDateString('en-GB', {
    day: 'numeric',
    month: 'short',
    ...(zone === 'utc' && { timeZone: 'UTC' }),
  });
}

function distanceFromUtc(date: Date, zone: TimeZone): string {
  if (zone === 'utc') return 'Z';
  const minutes = -date.getTimezoneOffset();
  const two = (value: number) => String(Math.floor(Math.abs(value))).padStart(2, '0');
  return `${minutes < 0 ? '-' : '+'}${two(minutes / 60)}:${two(minutes % 60)}`;
}
