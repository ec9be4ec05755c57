import type { ListSearch } from '../app/router.tsx';

const MINUTE = 60_000;

/** A time span that ends now, and goes on. */
export interface RecentRange {
  readonly label: string;
  readonly ms: number;
}

export const RECENT_RANGES: readonly RecentRange[] = [
  { label: 'Last 15 minutes', ms: 15 * MINUTE },
  { label: 'Last hour', ms: 60 * MINUTE },
  { label: 'Last 24 hours', ms: 1_440 * MINUTE },
];

export type TimeRange = Pick<ListSearch, 'from' | 'to'>;

/** A range that begins some time before now and has no end: what comes in belongs to it. */
export function rangeSince(ms: number, nowMs: number): TimeRange {
  return { from: nowMs - ms };
}

/** A range without an end shows what comes in; one with an end does not change. */
export function isLive({ to }: TimeRange): boolean {
  return to === undefined;
}

/** The range as the API takes it: unix ns, both ends included. */
export function apiRange({ from, to }: TimeRange): { from?: string; to?: string } {
  return {
    ...(from !== undefined && { from: `${from}000000` }),
    ...(to !== undefined && { to: `${to}999999` }),
  };
}

export function isWithin(startTime: string, { from }: TimeRange): boolean {
  return from === undefined || BigInt(startTime) >= BigInt(from) * 1_000_000n;
}

/** `All time`, `Since 14:03`, `21 Nov 14:03 – 15:00`; a day only where it is not today. */
export function rangeLabel({ from, to }: TimeRange, nowMs = Date.now()): string {
  if (from === undefined && to === undefined) return 'All time';
  if (to === undefined) return `Since ${moment(from!, nowMs)}`;
  if (from === undefined) return `Until ${moment(to, nowMs)}`;
  return `${moment(from, nowMs)} – ${moment(to, from)}`;
}

function moment(ms: number, dayOf: number): string {
  const date = new Date(ms);
  const clock = date.toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  if (date.toDateString() === new Date(dayOf).toDateString()) return clock;
  return `${date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })} ${clock}`;
}

/** What an `<input type="datetime-local">` holds, in the reader's time zone, to the second. */
export function toLocalInput(ms: number): string {
  const date = new Date(ms);
  const local = new Date(ms - date.getTimezoneOffset() * MINUTE);
  return local.toISOString().slice(0, 19);
}

/** @returns unix ms, or undefined for what is empty or no time. */
export function fromLocalInput(text: string): number | undefined {
  const ms = text === '' ? NaN : new Date(text).getTime();
  return Number.isFinite(ms) && ms > 0 ? ms : undefined;
}
