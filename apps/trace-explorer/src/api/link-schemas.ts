import {
  LINK_DIRECTIONS,
  type GraphEdge,
  type LinkAttributes,
  type LinkGraph,
  type LinkGroups,
  type LinkPage,
} from '@span-links/explorer-api';
import { z } from 'zod';
import { attribute, count, flags, spanEvent, spanSummaryShape, unixNs } from './span-schemas.ts';
import { traceSummaryShape } from './trace-schemas.ts';

const unresolvedReason = z.enum(['not_received', 'evicted', 'not_sampled', 'invalid']);
const ns = z.number().meta({ example: 3_600_000_000_000 });

const { message: _, ...linkEndShape } = spanSummaryShape;

const linkEnd = z.strictObject({
  resolved: z.literal(true),
  ...linkEndShape,
  attributes: z.array(attribute).exactOptional(),
  events: z.array(spanEvent).exactOptional(),
  names: z.record(z.string(), z.string()).exactOptional(),
});

const resolvedLink = z.strictObject({
  index: count,
  traceId: z.string().meta({ description: 'Of the other end, as it was sent.' }),
  spanId: z.string().meta({ description: 'Of the other end, as it was sent.' }),
  traceState: z.string(),
  flags,
  attributes: z.array(attribute),
  droppedAttributesCount: count,
  isSelf: z.boolean(),
  isDuplicate: z.boolean(),
  gapNs: ns.nullable(),
  other: z.union([linkEnd, z.strictObject({ resolved: z.literal(false), reason: unresolvedReason })]),
});

const rollUp = z.strictObject({
  total: count,
  resolved: count,
  unresolved: z.strictObject({
    not_received: count.exactOptional(),
    evicted: count.exactOptional(),
    not_sampled: count.exactOptional(),
    invalid: count.exactOptional(),
  }),
  byStatus: z.strictObject({ unset: count, ok: count, error: count }),
  services: z.array(z.strictObject({ service: z.string(), count })),
  gap: z.strictObject({ minNs: ns, medianNs: ns, p95Ns: ns, maxNs: ns }).nullable(),
  waits: z.array(z.strictObject({ fromNs: ns, toNs: ns, count })),
});

const completeness = z.strictObject({
  kept: count,
  dropped: count,
  expected: count.nullable(),
  missing: count,
  keptOverParts: count,
  parts: count,
  verdict: z.enum(['complete', 'dropped', 'missing_sources', 'short', 'unknown']),
});

export const linkPage: z.ZodType<LinkPage> = z.strictObject({
  direction: z.enum(LINK_DIRECTIONS),
  links: z.array(resolvedLink),
  nextCursor: z.string().nullable(),
  rollUp,
  completeness: completeness.nullable(),
});

export const linkAttributes: z.ZodType<LinkAttributes> = z.strictObject({
  attributes: z.array(z.strictObject({ name: z.string(), links: count, values: count })),
  links: count,
  truncated: z.boolean(),
});

export const linkGroups: z.ZodType<LinkGroups> = z.strictObject({
  by: z.string(),
  groups: z.array(z.strictObject({ value: z.string().nullable(), count, errors: count })),
  rest: z.strictObject({ values: count, links: count }),
});

const nodePlace = { id: z.string(), depth: count };
const members = { traceCount: count, traceIds: z.array(z.string()) };

const graphNode = z.union([
  z.strictObject({ kind: z.literal('trace'), ...nodePlace, ...traceSummaryShape }),
  z.strictObject({
    kind: z.literal('fold'),
    ...nodePlace,
    ...members,
    service: z.string(),
    name: z.string(),
    errorCount: count,
    startTime: unixNs,
    endTime: unixNs,
    notable: z.strictObject({
      slowest: z.string(),
      fastest: z.string(),
      failed: z.array(z.string()),
      longestWait: z.string(),
    }),
  }),
  z.strictObject({ kind: z.literal('unresolved'), ...nodePlace, ...members, reason: unresolvedReason }),
]);

const graphEdge: z.ZodType<GraphEdge> = z.strictObject({
  from: z.string(),
  to: z.string(),
  linkCount: count,
  relations: z.array(z.strictObject({ relation: z.string(), count })),
});

export const linkGraph: z.ZodType<LinkGraph> = z.strictObject({
  focus: z.string(),
  nodes: z.array(graphNode),
  edges: z.array(graphEdge),
  truncated: z.boolean(),
});
