import type { LinksOptions } from '@span-links/trace-store';
import type { z } from 'zod';
import type { linkParameters } from './parameters.ts';

/** Makes the store's options from the parameters of a request. */
export function linkOptions(parameters: z.output<typeof linkParameters>): LinksOptions {
  const { include, text, service, status, relation, resolved, gapFrom, gapTo, ...page } = parameters;
  return {
    ...page,
    details: include === 'details',
    filter: {
      text,
      services: service,
      statuses: status,
      relations: relation,
      resolved: resolved && resolved === 'true',
      gapFrom,
      gapTo,
    },
  };
}
