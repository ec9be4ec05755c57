import type { Place } from '@span-links/explorer-api';

const AROUND = 32;

/** The wrong part of a query, with the text around it. */
export interface ErrorExcerpt {
  readonly before: string;
  readonly wrong: string;
  readonly after: string;
}

/**
 * Cuts a long query to the part around its error. An error between two characters is shown as a
 * blank.
 */
export function errorExcerpt(text: string, { from, to }: Place): ErrorExcerpt {
  const start = Math.min(from, text.length);
  const end = Math.min(Math.max(to, start), text.length);
  const before = text.slice(0, start);
  const after = text.slice(end);
  const wrong = text.slice(start, end);
  return {
    before: before.length > AROUND ? `…${before.slice(1 - AROUND)}` : before,
    wrong: wrong === '' ? ' ' : wrong.length > 2 * AROUND ? `${wrong.slice(0, 2 * AROUND - 1)}…` : wrong,
    after: after.length > AROUND ? `${after.slice(0, AROUND - 1)}…` : after,
  };
}
