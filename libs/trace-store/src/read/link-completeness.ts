import type { LinkCompleteness } from '@span-links/explorer-api';

/** The result of `link-completeness.sql`. Attributes are as they were sent. */
export interface CompletenessRow {
  readonly parts: number;
  readonly kept_over_parts: number;
  readonly dropped_over_parts: number;
  /** The number of sources that the links stand for, over all parts. */
  readonly sources: number;
  readonly expected: unknown;
  readonly missing: unknown;
}

export function linkCompleteness(
  span: { readonly kept: number; readonly dropped: number },
  row: CompletenessRow,
): LinkCompleteness {
  const expected = countOf(row.expected);
  const missing = countOf(row.missing) ?? 0;
  return {
    kept: span.kept,
    dropped: span.dropped,
    expected,
    missing,
    keptOverParts: row.kept_over_parts,
    parts: row.parts,
    verdict: verdictOf(row.sources, expected, missing, row.dropped_over_parts),
  };
}

/** Drops by the SDK come first: they can be fixed, and they make every other count doubtful. */
function verdictOf(
  sources: number,
  expected: number | null,
  missing: number,
  dropped: number,
): LinkCompleteness['verdict'] {
  if (dropped > 0) return 'dropped';
  if (expected === null) return 'unknown';
  if (sources >= expected) return 'complete';
  return sources + missing >= expected ? 'missing_sources' : 'short';
}

function countOf(attribute: unknown): number | null {
  return typeof attribute === 'number' && Number.isFinite(attribute) && attribute >= 0 ? attribute : null;
}
