import { formatMinute, zoneName } from '../time/instant.ts';
import { timeZone } from '../time/time-zone.ts';

const MINUTE = 60_000;

/** A time range that ends now and continues. */
export interface RecentRange {
  readonly label: string;
  /**
   * Its form in the address, which stays relative: a reader who opens it sees the minutes before
   * that moment.
   */
  readonly last: string;
}

export const RECENT_RANGES: readonly RecentRange[] = [
  { label: 'Last 15 minutes', last: '15m' },
  { label: 'Last hour', last: '1h' },
  { label: 'Last 6 hours', last: '6h' },
  { label: 'Last 24 hours', last: '1d' },
  { label: 'Last 7 days', last: '7d' },
];

/** The form of a time range in the address. */
export interface TimeRange {
  /** Unix times in ms, both included. */
  readonly from?: number;
  readonly to?: number;
  /** Instead of these, the time before now: `15m`, `6h`, `7d`. */
  readonly last?: string;
}

const UNITS_MS: Readonly<Record<string, number>> = { m: MINUTE, h: 60 * MINUTE, d: 1_440 * MINUTE };
const LONGEST_MS = 31 * 1_440 * MINUTE;

/** `15m`, `6h` or `7d` in ms; `undefined` for other texts, or longer than 31 days. */
export function recentMs(last: string): number | undefined {
  const [, count, unit = ''] = /^(\d{1,4})([mhd])$/.exec(last) ?? [];
  const ms = Number(count) * (UNITS_MS[unit] ?? NaN);
  return ms > 0 && ms <= LONGEST_MS ? ms : undefined;
}

/** Converts a relative range to the times that it means now. */
export function absoluteRange({ last, ...range }: TimeRange, nowMs = Date.now()): TimeRange {
  const ms = last === undefined ? undefined : recentMs(last);
  return ms === undefined ? range : { from: nowMs - ms };
}

/** A range without an end shows new traces. A range with an end does not change. */
export function isLive({ to }: TimeRange): boolean {
  return to === undefined;
}

/** The range in the form of the API: unix ns, both ends included. */
export function apiRange(range: TimeRange): { from?: string; to?: string } {
  const { from, to } = absoluteRange(range);
  return {
    ...(from !== undefined && { from: `${from}000000` }),
    ...(to !== undefined && { to: `${to}999999` }),
  };
}

export function isWithin(startTime: string, range: TimeRange): boolean {
  const { from } = absoluteRange(range);
  return from === undefined || BigInt(startTime) >= BigInt(from) * 1_000_000n;
}

/** `All time`, `Since 14:03 CET`, `21 Nov 14:03 – 15:00 CET`; with a day only if it is not today. */
export function rangeLabel({ from, to, last }: TimeRange, nowMs = Date.now(), zone = timeZone()): string {
  if (last !== undefined)
    return RECENT_RANGES.find((recent) => recent.last === last)?.label ?? `Last ${last}`;
  const minute = (ms: number, dayOf: number) => formatMinute(new Date(ms), new Date(dayOf), zone);
  const end = zoneName(zone, new Date(to ?? from ?? nowMs));
  if (from === undefined && to === undefined) return 'All time';
  if (to === undefined) return `Since ${minute(from!, nowMs)} ${end}`;
  if (from === undefined) return `Until ${minute(to, nowMs)} ${end}`;
  return `${minute(from, nowMs)} – ${minute(to, from)} ${end}`;
}

/** The default if all time would be too much. */
export const LAST_HOUR: TimeRange = { last: '1h' };
