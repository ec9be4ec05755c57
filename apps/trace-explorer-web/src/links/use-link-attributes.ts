import type { LinkAttributes, SpanSummary } from '@span-links/explorer-api';
import { useQueries } from '@tanstack/react-query';
import { linkAttributesQuery } from '../api/queries.ts';
import { mergeAttributes } from './attribute-choices.ts';

/** The attributes that occur at either end of the links of a span, in both directions. */
export function useLinkAttributes(span: SpanSummary, isWanted: boolean): LinkAttributes['attributes'] {
  const directions = [
    ...(span.linkCount > 0 ? (['out'] as const) : []),
    ...(span.backlinkCount > 0 ? (['in'] as const) : []),
  ];
  return useQueries({
    queries: directions.map((direction) => ({
      ...linkAttributesQuery(span.traceId, span.spanId, direction),
      enabled: isWanted,
    })),
    combine: (results) => mergeAttributes(results.map(({ data }) => data)),
  });
}
