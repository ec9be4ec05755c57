import { textIn, type Parameters } from '../app/address-text.ts';

export const GRAPH_DEPTHS = [1, 2, 3, 4] as const;
export type GraphDepth = (typeof GRAPH_DEPTHS)[number];

/**
 * A trace's own links, and the links of their targets: sources, batch, and the previous attempt of
 * the batch.
 */
export const USUAL_DEPTH: GraphDepth = 2;

/** The settings of the link graph and the stitched timeline in the address. */
export interface PictureView {
  readonly depth?: GraphDepth;
  /** Keys of the open folds, separated by dots. */
  readonly unfold?: string;
  /** Draws idle stretches of the timeline at their full length. */
  readonly toScale?: 'true';
  /**
   * Arrows point along time, from the target to the link, instead of from the link to its target.
   */
  readonly arrows?: 'time';
  /** Shows the picture as a table. */
  readonly table?: 'true';
}

const UNFOLD = /^[0-9a-z]{1,13}(?:\.[0-9a-z]{1,13}){0,19}$/;

/** Reads the settings from the parameters of an address. Invalid values are left out. */
export function pictureViewOf(search: Parameters): PictureView {
  const depth = GRAPH_DEPTHS.find((steps) => steps === Number(search['depth']));
  const { toScale, arrows, table } = search;
  const unfold = textIn(search['unfold']);
  return {
    ...(depth !== undefined && depth !== USUAL_DEPTH && { depth }),
    ...(UNFOLD.test(unfold) && { unfold }),
    ...(String(toScale) === 'true' && { toScale: 'true' }),
    ...(arrows === 'time' && { arrows }),
    ...(String(table) === 'true' && { table: 'true' }),
  };
}

export function openFolds({ unfold }: PictureView): ReadonlySet<string> {
  return new Set(unfold?.split('.'));
}

/** Opens or closes the fold; `undefined` if none is left open. */
export function toggleFold(view: PictureView, foldKey: string): string | undefined {
  const open = new Set(openFolds(view));
  if (!open.delete(foldKey)) open.add(foldKey);
  // The address has room for this many. The oldest ones close.
  return open.size > 0 ? [...open].slice(-20).join('.') : undefined;
}
