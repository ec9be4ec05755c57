import type { SpanPage, TracePage, TraceSummary, TraceView } from '@span-links/explorer-api';
import { z } from 'zod';
import { count, spanId, spanSummary, spanSummaryShape, traceId, unixNs } from './span-schemas.ts';

const { service, name, kind, status } = spanSummaryShape;

export const traceSummaryShape = {
  traceId,
  root: z.strictObject({ spanId, service, name, kind, status, received: z.boolean() }),
  startTime: unixNs,
  durationNs: count,
  spanCount: count,
  errorCount: count,
  linkCount: count,
  backlinkCount: count,
  services: z.array(z.string()).meta({ example: ['orders-api', 'orders-batch'] }),
};

export const traceSummary: z.ZodType<TraceSummary> = z.strictObject(traceSummaryShape);

const page = {
  nextCursor: z.string().nullable().meta({ description: 'Pass it as `cursor` for the next page.' }),
  searchedBackTo: unixNs.nullable().meta({
    description:
      'Where a search ended that no index helps, before its page was full; `nextCursor` goes on from there.',
  }),
};

export const tracePage: z.ZodType<TracePage> = z.strictObject({ traces: z.array(traceSummary), ...page });
export const spanPage: z.ZodType<SpanPage> = z.strictObject({ spans: z.array(spanSummary), ...page });

export const traceView: z.ZodType<TraceView> = z.strictObject({
  summary: traceSummary,
  spans: z.array(spanSummary),
  truncated: z.boolean(),
});
