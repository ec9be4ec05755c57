import { scaleLinear, scaleUtc } from 'd3-scale';
import { formatDuration } from '../time/duration.ts';
import type { TimeWindow } from './time-window.ts';

export interface Tick {
  /** The place on the axis in percent. */
  readonly left: number;
  readonly label: string;
}

const UNITS = [
  ['s', 1e9],
  ['ms', 1e6],
  ['µs', 1e3],
  ['ns', 1],
] as const;
const MINUTE_NS = 60e9;

/** About `count` round times of a window, with enough digits to distinguish neighbours. */
export function axisTicks({ fromNs, toNs }: TimeWindow, count: number): Tick[] {
  const at = (ns: number) => (100 * (ns - fromNs)) / (toNs - fromNs);
  const isLong = (toNs - fromNs) / count >= MINUTE_NS / 2;
  // Minutes and hours are not decimal: 20 minutes are a round time, 1,000 seconds are not.
  const times = isLong
    ? scaleUtc([fromNs / 1e6, toNs / 1e6], [0, 1])
        .ticks(count)
        .map((date) => date.getTime() * 1e6)
    : scaleLinear([fromNs, toNs], [0, 1]).ticks(count);
  const label = isLong ? formatDuration : decimalLabel(times);
  return times.map((ns) => ({ left: at(ns), label: ns === 0 ? '0' : label(ns) }));
}

function decimalLabel(times: readonly number[]): (ns: number) => string {
  const [first = 0, second = first + 1] = times;
  const step = second - first;
  const last = times.at(-1) ?? 0;
  const [unit, size] =
    UNITS.find(([, candidate]) => last >= candidate && decimals(step / candidate) <= 3) ?? UNITS[3];
  const digits = decimals(step / size);
  return (ns) => `${(ns / size).toFixed(digits)} ${unit}`;
}

function decimals(step: number): number {
  return Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
}
