/** An element of a picture that the keyboard can reach, with its centre in px. */
export interface Mark {
  readonly id: string;
  readonly x: number;
  readonly y: number;
}

const STEPS: Readonly<Record<string, readonly [number, number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

/**
 * The mark that an arrow key leads to: the nearest in that direction. A sideways distance counts
 * double.
 */
export function nearestMark(marks: readonly Mark[], from: Mark, key: string): Mark | undefined {
  const step = STEPS[key];
  if (!step) return undefined;
  const [right, down] = step;
  let nearest: Mark | undefined;
  let least = Infinity;
  for (const mark of marks) {
    const along = (mark.x - from.x) * right + (mark.y - from.y) * down;
    const aside = Math.abs((mark.x - from.x) * down) + Math.abs((mark.y - from.y) * right);
    if (along <= 0.5 || along + 2 * aside >= least) continue;
    least = along + 2 * aside;
    nearest = mark;
  }
  return nearest;
}
