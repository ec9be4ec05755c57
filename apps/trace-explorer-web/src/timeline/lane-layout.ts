import type { Lane } from './lanes.ts';

export const ROW_PX = 11;
export const BAR_PX = 8;
export const AXIS_PX = 60;
const PADDING_PX = 8;
const FOLD_ROWS = 2;
/** A lane needs room for two lines of text next to its bars, or for one line above them. */
const BESIDE_LEAST_PX = 40;
const ABOVE_LABEL_PX = 20;
const LABEL_COLUMN_PX = 228;
const WIDE_PX = 760;
const MARGIN_PX = 16;

export interface LanePlace {
  readonly lane: Lane;
  readonly y: number;
  readonly height: number;
  /** The top of the first row of bars. */
  readonly barsY: number;
}

export interface LaneLayout {
  readonly places: readonly LanePlace[];
  readonly labels: 'beside' | 'above';
  /** The left end and width of the time axis. */
  readonly plotX: number;
  readonly plotWidth: number;
  readonly height: number;
}

/**
 * Stacks the lanes. In narrow pictures their names are above their bars, so that time has the whole
 * width.
 */
export function layoutLanes(lanes: readonly Lane[], width: number): LaneLayout {
  const labels = width >= WIDE_PX ? 'beside' : 'above';
  const plotX = labels === 'beside' ? LABEL_COLUMN_PX : MARGIN_PX;
  let y = AXIS_PX;
  const places = lanes.map((lane) => {
    const rows = lane.node.kind === 'fold' ? FOLD_ROWS : 1 + Math.max(0, ...lane.bars.map(({ row }) => row));
    const barsHeight = rows * ROW_PX;
    const height =
      labels === 'beside'
        ? Math.max(BESIDE_LEAST_PX, barsHeight + 2 * PADDING_PX)
        : ABOVE_LABEL_PX + barsHeight + PADDING_PX;
    const barsY = labels === 'beside' ? y + (height - barsHeight) / 2 : y + ABOVE_LABEL_PX;
    const place = { lane, y, height, barsY };
    y += height;
    return place;
  });
  return { places, labels, plotX, plotWidth: width - plotX - MARGIN_PX, height: y + PADDING_PX };
}
