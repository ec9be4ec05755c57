const CORNER_PX = 8;
// Less than an arrow head with a bit of its line.
const LEAST_LEVEL_PX = 14;

export interface BarBox {
  readonly left: number;
  readonly right: number;
  /** Middle of the bar. */
  readonly y: number;
}

export interface ArrowShape {
  readonly path: string;
  readonly head: string;
}

/**
 * From where the bearer starts, through the lanes to its target, and there back to where the target ends: the level part is the time that
 * went by between them. Where the two overlap there is no such part, and the arrow meets the target's bar from above or below.
 */
export function arrowShape(bearer: BarBox, target: BarBox): ArrowShape {
  const x = bearer.left;
  const down = Math.sign(target.y - bearer.y) || 1;
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

function at(x: number, y: number): string {
  return `${round(x)},${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
