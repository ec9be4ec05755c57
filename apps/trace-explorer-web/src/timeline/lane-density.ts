export interface DensityBin {
  readonly x: number;
  readonly count: number;
  /** From 0 to 1: the fullest bin is 1. */
  readonly share: number;
}

export const BIN_PX = 4;

/** The density of folded traces: bins of a few px over the places of their starts. */
export function laneDensity(startsPx: readonly number[]): DensityBin[] {
  const counts = new Map<number, number>();
  for (const px of startsPx) {
    const bin = Math.floor(px / BIN_PX);
    counts.set(bin, (counts.get(bin) ?? 0) + 1);
  }
  const most = Math.max(1, ...counts.values());
  return [...counts]
    .sort(([a], [b]) => a - b)
    .map(([bin, count]) => ({ x: bin * BIN_PX, count, share: count / most }));
}
