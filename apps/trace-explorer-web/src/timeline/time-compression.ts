import { scaleLinear } from 'd3-scale';

/** In ns since the start of the picture. */
export interface Interval {
  readonly startNs: number;
  readonly endNs: number;
}

/** A stretch of the axis: one with work, drawn to scale, or an idle one, which is shortened. */
export interface Stretch extends Interval {
  readonly kind: 'work' | 'break';
  readonly startPx: number;
  readonly endPx: number;
}

export interface CompressedTime {
  readonly stretches: readonly Stretch[];
  /** Idle parts that are not cut because they are short or everything is to scale. */
  readonly waits: readonly Interval[];
  /** Grows with time everywhere, so later times are always further right. */
  readonly toPx: (ns: number) => number;
  readonly toNs: (px: number) => number;
}

export const BREAK_PX = 68;
/**
 * Room for the first digits of a tick. A source of a millisecond must not vanish next to a batch of
 * minutes.
 */
const LEAST_WORK_PX = 32;
/**
 * Each stretch also gets at least this part of its even share, so that a few stretches have room
 * for their spans.
 */
const LEAST_SHARE = 1 / 3;
// With more than this, the breaks would dominate the picture.
const MOST_BREAKS_SHARE = 0.5;

/**
 * A time axis with short idle stretches, because a queue may wait for hours between milliseconds of
 * work. The longest are cut first, and only if the cut saves room.
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

/** Joins intervals that touch or overlap, in time order. */
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
  // Work without length gives no proportions for the room.
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

/**
 * One scale for all stretches that are wider than the floor, so that most bars compare. The short
 * ones get the floor.
 */
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
