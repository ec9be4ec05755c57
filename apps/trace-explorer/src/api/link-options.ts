import type { LinksOptions } from '@span-links/trace-store';
import type { z } from 'zod';
import type { linkGroupParameters, linkParameters } from './parameters.ts';
import { linkQuery } from './search-query.ts';

/** Makes the store's options from the parameters of a request. */
export function linkOptions(parameters: z.output<typeof linkParameters>): LinksOptions {
  const { direction, sort, order, limit, cursor, include, by, value, without } = parameters;
  const group = by ? { by, value } : without && { by: without, value: null };
  return {
    direction,
    sort,
    order,
    limit,
    cursor,
    details: include === 'details',
    names: include === 'names',
    filter: { ...linkFilter(parameters), group },
  };
}

/** The links that the parameters let through. */
export function linkFilter({
  q,
  text,
  service,
  status,
  relation,
  resolved,
  gapFrom,
  gapTo,
}: Omit<z.output<typeof linkGroupParameters>, 'by'>): NonNullable<LinksOptions['filter']> {
  const terms = linkQuery(q);
  return {
    text,
    services: service,
    statuses: status,
    relations: relation,
    resolved: resolved && resolved === 'true',
    gapFrom,
    gapTo,
    terms: terms.length > 0 ? terms : undefined,
  };
}
