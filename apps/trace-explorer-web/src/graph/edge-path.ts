import type { Point } from '../picture/use-picture-zoom.ts';

/**
 * A line from left to right through some bends. It starts and ends horizontally, so its arrow
 * points straight at the box.
 */
export function edgePath(start: Point, bends: readonly Point[], end: Point): string {
  const points = [...bends, end];
  let from = start;
  let path = `M${round(start.x)},${round(start.y)}`;
  for (const to of points) {
    const middle = round((from.x + to.x) / 2);
    path += `C${middle},${round(from.y)} ${middle},${round(to.y)} ${round(to.x)},${round(to.y)}`;
    from = to;
  }
  return path;
}

/** A triangle with its tip at a point. */
export function arrowHead(tip: Point, pointsLeft: boolean): string {
  const back = round(tip.x + (pointsLeft ? 9 : -9));
  return `${round(tip.x)},${round(tip.y)} ${back},${round(tip.y - 4.5)} ${back},${round(tip.y + 4.5)}`;
}

// A tenth of a pixel is finer than any screen and keeps paths short.
function round(value: number): number {
  return Math.round(value * 10) / 10;
}
