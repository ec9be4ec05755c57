import {
  SPAN_KINDS,
  type LinkMap,
  type MapCall,
  type MapLink,
  type MapNode,
  type WaitPage,
} from '@span-links/explorer-api';
import { z } from 'zod';
import { count, traceId, unixNs } from './span-schemas.ts';

const ns = z.number().meta({ description: 'In ns.', example: 41_000_000 });
const id = z.number().meta({ example: 7 });
const name = {
  service: z.string().meta({ example: 'orders-batch' }),
  operation: z.string().meta({ example: 'process-batch' }),
};
const end = z.strictObject(name);
const times = { p50Ns: ns, p95Ns: ns, maxNs: ns };

const range = {
  from: unixNs,
  to: unixNs,
  since: unixNs.meta({
    description: 'The first of it in which anything was counted.',
    example: '1763800020000000000',
  }),
  pendingSpans: count.meta({ description: 'Spans that came in and are not counted yet.' }),
};

const node: z.ZodType<MapNode> = z.strictObject({
  id,
  ...name,
  kind: z.enum(SPAN_KINDS),
  count,
  errors: count,
  ...times,
  fanIn: z
    .strictObject({ p50: count, max: count })
    .nullable()
    .meta({ description: 'Links on each of its spans that have any.' }),
});

const call: z.ZodType<MapCall> = z.strictObject({ from: id, to: id, count, errors: count });

const link: z.ZodType<MapLink> = z.strictObject({
  id: id.meta({ description: 'For `link` of `GET /api/v1/journeys`.' }),
  from: id.meta({ description: 'The node whose spans are linked to.' }),
  to: id.meta({ description: 'The node whose spans have the links.' }),
  relation: z.string().meta({ example: 'origin' }),
  count,
  errors: count,
  ...times,
});

const waiting = { count, oldest: unixNs, journeyId: traceId };
const truncated = z.boolean().meta({ description: 'Whether there is more than the answer holds.' });

export const linkMap: z.ZodType<LinkMap> = z.strictObject({
  ...range,
  nodes: z.array(node),
  calls: z.array(call),
  links: z.array(link),
  waiting: z.array(z.strictObject({ from: id.nullable(), to: id.nullable(), ...waiting })),
  truncated,
});

export const waitPage: z.ZodType<WaitPage> = z.strictObject({
  ...range,
  columnNs: ns,
  columns: count,
  bucketsNs: z
    .array(z.number())
    .meta({ description: 'Where each bucket begins; the last one ends the last bucket.' }),
  waits: z.array(
    z.strictObject({
      link,
      from: end,
      to: end,
      arrived: z.array(count).meta({ description: 'Spans that could be picked up, by column.' }),
      pickedUp: z.array(count).meta({ description: 'Links, by column of the linking span.' }),
      cells: z
        .array(z.tuple([count, count, count]).readonly())
        .meta({ description: 'Column, bucket of the wait, and how many.' }),
    }),
  ),
  waiting: z.array(z.strictObject({ from: end.nullable(), to: end.nullable(), ...waiting })),
  truncated,
});
