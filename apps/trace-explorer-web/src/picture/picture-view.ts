export const GRAPH_DEPTHS = [1, 2, 3, 4] as const;
export type GraphDepth = (typeof GRAPH_DEPTHS)[number];

/** A trace's own links, and the links of what those lead to: sources, batch, and the batch that tried before. */
export const USUAL_DEPTH: GraphDepth = 2;

/** How the link graph and the stitched timeline are drawn, as it stands in the address. */
export interface PictureView {
  readonly depth?: GraphDepth;
  /** Keys of the folds that are open, with dots between them. */
  readonly unfold?: string;
  /** Empty stretches of the timeline as long as they were. */
  readonly toScale?: 'true';
}

const UNFOLD = /^[0-9a-z]{1,13}(?:\.[0-9a-z]{1,13}){0,19}$/;

/** Reads it from the parameters of an address; what makes no sense is left out. */
export function pictureViewOf(search: Record<string, unknown>): PictureView {
  const depth = GRAPH_DEPTHS.find((steps) => steps === Number(search['depth']));
  const { unfold, toScale } = search;
  return {
    ...(depth !== undefined && depth !== USUAL_DEPTH && { depth }),
    ...(typeof unfold === 'string' && UNFOLD.test(unfold) && { unfold }),
    ...(String(toScale) === 'true' && { toScale: 'true' }),
  };
}

export function openFolds({ unfold }: PictureView): ReadonlySet<string> {
  return new Set(unfold?.split('.'));
}

/** Opens the fold, or closes it; `undefined` where none is left open. */
export function toggleFold(view: PictureView, foldKey: string): string | undefined {
  const open = new Set(openFolds(view));
  if (!open.delete(foldKey)) open.add(foldKey);
  // The address has room for so many; the ones that were opened first close.
  return open.size > 0 ? [...open].slice(-20).join('.') : undefined;
}
