import type { Point } from '../picture/use-picture-zoom.ts';

/** The places of boxes and lines. */
export interface GraphLayout {
  readonly width: number;
  readonly height: number;
  /** The centres of the boxes, by node. */
  readonly places: ReadonlyMap<string, Point>;
  /**
   * By edge key: the points of the line between its ends, from left to right, and the place of its
   * label.
   */
  readonly lines: ReadonlyMap<string, LineLayout>;
}

export interface LineLayout {
  readonly bends: readonly Point[];
  readonly label: Point;
}
