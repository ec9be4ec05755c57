import type { LinkDirection, SpanSummary } from '@span-links/explorer-api';
import { formatDuration } from '../time/duration.ts';
import { nanosBetween } from '../time/instant.ts';

/** The time of the other end of a link, relative to this span. */
export type GapSide = 'before' | 'overlap' | 'after';

export interface Gap {
  readonly side: GapSide;
  /** Never negative. */
  readonly ns: number;
  /** `37 s before`. */
  readonly short: string;
  /** `ended 37 s before this span started`. */
  readonly sentence: string;
}

type Times = Pick<SpanSummary, 'startTime' | 'durationNs'>;

/**
 * The gap in words. A link usually points back in time, but its target may also run at the same
 * time or later (clocks differ, too). A plain minus sign would leave the reader guessing.
 */
export function gapBetween(span: Times, other: Times): Gap {
  const otherEndToStart = nanosBetween(other.startTime, span.startTime) - other.durationNs;
  const endToOtherStart = nanosBetween(span.startTime, other.startTime) - span.durationNs;
  if (otherEndToStart >= 0) {
    const text = formatDuration(otherEndToStart);
    return {
      side: 'before',
      ns: otherEndToStart,
      short: `${text} before`,
      sentence: `ended ${text} before this span started`,
    };
  }
  if (endToOtherStart >= 0) {
    const text = formatDuration(endToOtherStart);
    return {
      side: 'after',
      ns: endToOtherStart,
      short: `${text} after`,
      sentence: `started ${text} after this span ended`,
    };
  }
  // Both numbers are negative. The smaller one is the time in parallel, unless one span contains
  // the other.
  const ns = Math.min(-otherEndToStart, -endToOtherStart, span.durationNs, other.durationNs);
  const text = formatDuration(ns);
  return { side: 'overlap', ns, short: `${text} overlap`, sentence: `ran beside this span for ${text}` };
}

/** The meaning of the smallest, median and largest gap. */
export function gapMeaning(direction: LinkDirection): string {
  return direction === 'out'
    ? 'From the end of the linked span to the start of this one; below zero where they overlap'
    : 'From the end of this span to the start of the one that links to it; below zero where they overlap';
}

const SMALLEST_NS = 1e6;

/**
 * The size of a gap from 0 to 1, on a logarithmic scale that ends at the largest gap. Queues hold
 * work for milliseconds and for days, and only such a scale shows both. Everything below a
 * millisecond is 0.
 */
export function gapFraction(ns: number, largestNs: number): number {
  if (ns <= SMALLEST_NS) return 0;
  const largest = Math.max(largestNs, ns, SMALLEST_NS * 10);
  return Math.log(ns / SMALLEST_NS) / Math.log(largest / SMALLEST_NS);
}
