import { scaleLinear } from 'd3-scale';

/** In ns since the start of the picture. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

/** A stretch of the axis: one in which something ran, drawn to scale, or an empty one, cut short. */
export interface Stretch extends Interval {
  readonly kind: 'work' | 'break';
  readonly startPx: number;
  readonly endPx: number;
}

export interface CompressedTime {
  readonly stretches: readonly Stretch[];
  /** Empty and not cut, because it is short or everything is to scale. */
  readonly waits: readonly Interval[];
  /** Grows with time everywhere, so that what is later is always further right. */
  readonly toPx: (ns: number) => number;
  readonly toNs: (px: number) => number;
}

export const BREAK_PX = 68;
/** Room for the first digits of a tick; a source that took a millisecond must not vanish beside a batch of minutes. */
const LEAST_WORK_PX = 32;
/** And of its even share of the room: where there are few stretches, each gets enough of it to show its spans. */
const LEAST_SHARE = 1 / 3;
// More than this, and the breaks would be the picture.
const MOST_BREAKS_SHARE = 0.5;

/**
 * A time axis on which empty stretches are short: between milliseconds of work a queue waits for hours. The longest are cut first, and
 * only where the cut saves room.
 *
 * @param work in any order, may overlap.
 */
export function compressTime(
  work: readonly Interval[],
  widthPx: number,
  isTrueToScale: boolean,
): CompressedTime {
  const busy = union(work);
  const from = busy[0]?.startNs ?? 0;
  const to = Math.max(from + 1, busy.at(-1)?.endNs ?? 0);
  const gaps = busy.slice(1).map(({ startNs }, at) => ({ startNs: busy[at]?.endNs ?? 0, endNs: startNs }));
  const cuts = isTrueToScale ? [] : cutsAmong(gaps, to - from, widthPx);
  const stretches = place(stretchesOf(from, to, cuts), widthPx);
  const first = stretches[0];
  const scale = scaleLinear()
    .domain([first?.startNs ?? 0, ...stretches.map(({ endNs }) => endNs)])
    .range([first?.startPx ?? 0, ...stretches.map(({ endPx }) => endPx)])
    .clamp(true);
  const cut = new Set(cuts);
  return {
    stretches,
    waits: gaps.filter((gap) => !cut.has(gap)),
    toPx: (ns) => scale(ns),
    toNs: (px) => scale.invert(px),
  };
}

/** Intervals that touch or overlap, joined, in time order. */
function union(intervals: readonly Interval[]): Interval[] {
  const joined: { startNs: number; endNs: number }[] = [];
  for (const { startNs, endNs } of [...intervals].sort((a, b) => a.startNs - b.startNs)) {
    const last = joined.at(-1);
    if (last && startNs <= last.endNs) last.endNs = Math.max(last.endNs, endNs);
    else joined.push({ startNs, endNs });
  }
  return joined;
}

function cutsAmong(gaps: readonly Interval[], wholeNs: number, widthPx: number): Interval[] {
  const most = Math.floor((widthPx * MOST_BREAKS_SHARE) / BREAK_PX);
  const cuts: Interval[] = [];
  let leftNs = wholeNs;
  let leftPx = widthPx;
  for (const gap of [...gaps].sort((a, b) => lengthOf(b) - lengthOf(a)).slice(0, most)) {
    if ((lengthOf(gap) / leftNs) * leftPx < BREAK_PX * 1.25) break;
    cuts.push(gap);
    leftNs -= lengthOf(gap);
    leftPx -= BREAK_PX;
  }
  return cuts.sort((a, b) => a.startNs - b.startNs);
}

type Unplaced = Interval & Pick<Stretch, 'kind'>;

function stretchesOf(from: number, to: number, cuts: readonly Interval[]): Unplaced[] {
  const stretches: Unplaced[] = [];
  let at = from;
  for (const { startNs, endNs } of cuts) {
    stretches.push({ kind: 'work', startNs: at, endNs: startNs }, { kind: 'break', startNs, endNs });
    at = endNs;
  }
  stretches.push({ kind: 'work', startNs: at, endNs: to });
  return stretches;
}

function place(stretches: readonly Unplaced[], widthPx: number): Stretch[] {
  const work = stretches.filter(({ kind }) => kind === 'work');
  const room = widthPx - (stretches.length - work.length) * BREAK_PX;
  // Work without any length has nothing to share the room by.
  const isInstant = work.every((part) => lengthOf(part) === 0);
  const even = room / work.length;
  const least = isInstant ? even : Math.min(Math.max(LEAST_WORK_PX, even * LEAST_SHARE), even);
  const pxPerNs = scaleWithFloor(work.map(lengthOf), room, least);
  let px = 0;
  return stretches.map((stretch) => {
    const startPx = px;
    px += stretch.kind === 'break' ? BREAK_PX : Math.max(least, lengthOf(stretch) * pxPerNs);
    return { ...stretch, startPx, endPx: px };
  });
}

/** One scale for all that is wider than the floor, so that most bars compare; the short ones take the floor out of the room. */
function scaleWithFloor(lengths: readonly number[], roomPx: number, floorPx: number): number {
  let wide = [...lengths].sort((a, b) => a - b);
  let room = roomPx;
  for (;;) {
    const total = wide.reduce((sum, length) => sum + length, 0);
    const pxPerNs = total > 0 ? Math.max(0, room) / total : 0;
    const [shortest] = wide;
    if (shortest === undefined || wide.length === 1 || shortest * pxPerNs >= floorPx) return pxPerNs;
    wide = wide.slice(1);
    room -= floorPx;
  }
}

function lengthOf({ startNs, endNs }: Interval): number {
  return endNs - startNs;
}
