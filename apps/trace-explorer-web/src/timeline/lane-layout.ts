import { isDense, type Lane } from './lanes.ts';

export const ROW_PX = 11;
export const BAR_PX = 8;
export const AXIS_PX = 60;
const PADDING_PX = 8;
const FOLD_ROWS = 2;
/** A lane needs room for two lines of text next to its bars, or for one line above them. */
const BESIDE_LEAST_PX = 40;
const DENSE_LEAST_PX = 22;
const DENSE_PADDING_PX = 4;
const ABOVE_LABEL_PX = 20;
const LABEL_COLUMN_PX = 256;
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
  /** `line` is one line beside the bars, for many lanes. */
  readonly labels: 'beside' | 'above' | 'line';
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
  const isWide = width >= WIDE_PX;
  const labels = !isWide ? 'above' : isDense(lanes.length) ? 'line' : 'beside';
  const plotX = isWide ? LABEL_COLUMN_PX : MARGIN_PX;
  let y = AXIS_PX;
  const places = lanes.map((lane) => {
    const rows = lane.node.kind === 'fold' ? FOLD_ROWS : 1 + Math.max(0, ...lane.bars.map(({ row }) => row));
    const barsHeight = rows * ROW_PX;
    const height = heightOf(labels, barsHeight);
    const barsY = isWide ? y + (height - barsHeight) / 2 : y + ABOVE_LABEL_PX;
    const place = { lane, y, height, barsY };
    y += height;
    return place;
  });
  return { places, labels, plotX, plotWidth: width - plotX - MARGIN_PX, height: y + PADDING_PX };
}

function heightOf(labels: LaneLayout['labels'], barsHeight: number): number {
  switch (labels) {
    case 'above':
      return ABOVE_LABEL_PX + barsHeight + PADDING_PX;
    case 'beside':
      return Math.max(BESIDE_LEAST_PX, barsHeight + 2 * PADDING_PX);
    case 'line':
      return Math.max(DENSE_LEAST_PX, barsHeight + 2 * DENSE_PADDING_PX);
  }
}
