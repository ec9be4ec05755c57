import type {
  ErrorPage,
  JourneyOfTrace,
  SpanMatches,
  SpanPage,
  TraceNames,
  TracePage,
  TraceSummary,
  TraceView,
} from '@span-links/explorer-api';
import { z } from 'zod';
import { journeyItem } from './journey-schemas.ts';
import { count, spanId, spanSummary, spanSummaryShape, traceId, unixNs } from './span-schemas.ts';

const { service, name, kind, status, message } = spanSummaryShape;

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
  error: z.strictObject({ spanId, service, name, message }).nullable().meta({
    description: 'The first of its errors that says why, otherwise the first one.',
  }),
};

export const traceSummary: z.ZodType<TraceSummary> = z.strictObject(traceSummaryShape);

export const traceNames: z.ZodType<TraceNames> = z.strictObject({
  names: z
    .record(z.string(), z.record(z.string(), z.string()))
    .meta({ description: 'By trace ID: attributes with one value in the trace, such as `order.id`.' }),
});

const page = {
  nextCursor: z.string().nullable().meta({ description: 'Pass it as `cursor` for the next page.' }),
  searchedBackTo: unixNs.nullable().meta({
    description:
      'Where a search ended that no index helps, before its page was full; `nextCursor` goes on from there.',
  }),
  hint: z.string().exactOptional().meta({
    description: 'Where nothing was found: a name in the query that nothing has, and the nearest known one.',
    example:
      '“servce” is no field, and nothing recent has an attribute of this name. Did you mean “service”?',
  }),
};

export const tracePage: z.ZodType<TracePage> = z.strictObject({ traces: z.array(traceSummary), ...page });
export const spanPage: z.ZodType<SpanPage> = z.strictObject({ spans: z.array(spanSummary), ...page });

const journeyOfTrace: z.ZodType<JourneyOfTrace> = z.strictObject({
  journeyId: traceId,
  item: journeyItem,
  memberOf: count,
});

export const traceView: z.ZodType<TraceView> = z.strictObject({
  summary: traceSummary,
  spans: z.array(spanSummary),
  truncated: z.boolean(),
  journey: journeyOfTrace.nullable().meta({
    description: 'The journey that the trace begins, otherwise the newest one that it is part of.',
  }),
});

export const spanMatches: z.ZodType<SpanMatches> = z.strictObject({
  spanIds: z.array(spanId),
  truncated: z.boolean(),
});

export const errorPage: z.ZodType<ErrorPage> = z.strictObject({
  groups: z.array(
    z.strictObject({
      service,
      operation: name,
      exception: z.string().nullable().meta({ description: '`exception.type`.', example: 'TypeError' }),
      message,
      count,
      first: unixNs,
      last: unixNs,
      traceId,
      spanId,
    }),
  ),
  count: count.meta({ description: 'Errors that were looked at, at most 5,000.' }),
  truncated: z.boolean(),
});
