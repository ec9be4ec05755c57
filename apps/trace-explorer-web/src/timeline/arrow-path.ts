const CORNER_PX = 8;
// Less than an arrow head with a short piece of line.
const LEAST_LEVEL_PX = 14;

export interface BarBox {
  readonly left: number;
  readonly right: number;
  /** The centre of the bar. */
  readonly y: number;
}

export interface ArrowShape {
  readonly path: string;
  readonly head: string;
}

/**
 * From the start of the linking span through the lanes to its target, and there back to the end of
 * the target. The horizontal part is the time between them. If the two overlap there is no such
 * part, and the arrow meets the target's bar from above or below.
 */
export function arrowShape(bearer: BarBox, target: BarBox, isAlongTime = false): ArrowShape {
  const x = bearer.left;
  const down = Math.sign(target.y - bearer.y) || 1;
  if (isAlongTime) return shapeAlongTime(bearer, target, down);
  const tipX = Math.min(Math.max(x, target.left), target.right);
  if (Math.abs(tipX - x) < LEAST_LEVEL_PX) {
    const edge = target.y - down * 5;
    const back = edge - down * 8;
    return {
      path: `M${at(x, bearer.y)}V${round(back)}`,
      head: `${at(x, edge)} ${at(x - 4, back)} ${at(x + 4, back)}`,
    };
  }
  const right = Math.sign(tipX - x);
  const edge = tipX - right * 2;
  const back = edge - right * 8;
  const turn = Math.min(CORNER_PX, Math.abs(target.y - bearer.y), Math.abs(back - x));
  return {
    path: `M${at(x, bearer.y)}V${round(target.y - down * turn)}Q${at(x, target.y)} ${at(x + right * turn, target.y)}H${round(back)}`,
    head: `${at(edge, target.y)} ${at(back, target.y - 4)} ${at(back, target.y + 4)}`,
  };
}

/** The same line with its head at the linking span, in the direction of the work. */
function shapeAlongTime(bearer: BarBox, target: BarBox, down: number): ArrowShape {
  const x = bearer.left;
  const edge = bearer.y + down * 5;
  const back = edge + down * 8;
  const head = `${at(x, edge)} ${at(x - 4, back)} ${at(x + 4, back)}`;
  const endX = Math.min(Math.max(x, target.left), target.right);
  if (Math.abs(endX - x) < LEAST_LEVEL_PX) return { path: `M${at(x, back)}V${round(target.y)}`, head };
  const right = Math.sign(endX - x);
  const turn = Math.min(CORNER_PX, Math.abs(target.y - back), Math.abs(endX - x));
  const path = `M${at(x, back)}V${round(target.y - down * turn)}Q${at(x, target.y)} ${at(x + right * turn, target.y)}H${round(endX)}`;
  return { path, head };
}

function at(x: number, y: number): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
