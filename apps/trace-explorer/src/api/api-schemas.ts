import type {
  ExplorerStats,
  LiveEvicted,
  LiveLogs,
  LiveTraces,
  RejectionList,
  ServiceList,
  Suggestions,
} from '@span-links/explorer-api';
import { z } from 'zod';
import { journeyPage, journeySummary, journeyView } from './journey-schemas.ts';
import { linkAttributes, linkGraph, linkGroups, linkPage } from './link-schemas.ts';
import { linkMap, waitPage } from './map-schemas.ts';
import {
  attribute,
  attributeValue,
  count,
  logPage,
  logRecord,
  spanDetail,
  spanSummary,
  unixNs,
} from './span-schemas.ts';
import {
  errorPage,
  spanMatches,
  spanPage,
  traceNames,
  tracePage,
  traceSummary,
  traceView,
} from './trace-schemas.ts';

const serviceList: z.ZodType<ServiceList> = z.strictObject({
  services: z.array(z.strictObject({ service: z.string(), operations: z.array(z.string()) })),
});

const suggestions: z.ZodType<Suggestions> = z.strictObject({
  from: count,
  to: count,
  suggestions: z.array(z.strictObject({ text: z.string(), hint: z.string() })),
});

const signalStats = { received: count, stored: count, duplicates: count, refused: count, evicted: count };

const explorerStats: z.ZodType<ExplorerStats> = z.strictObject({
  traces: count,
  spans: count,
  links: count,
  logs: count,
  bytes: count,
  oldest: unixNs.nullable(),
  newest: unixNs.nullable(),
  retention: z.strictObject({ maxAgeMs: count, maxBytes: count }),
  sinceStart: z.strictObject({ ...signalStats, logs: z.strictObject(signalStats) }),
});

const rejectionList: z.ZodType<RejectionList> = z.strictObject({
  rejections: z.array(
    z.strictObject({
      reason: z.string(),
      title: z.string(),
      count,
      firstTime: z.iso.datetime(),
      lastTime: z.iso.datetime(),
      last: z.strictObject({
        protocol: z.enum(['http', 'grpc']),
        status: z.string(),
        message: z.string(),
        sender: z.string(),
        service: z.string().nullable(),
        userAgent: z.string().nullable(),
      }),
    }),
  ),
});

const liveTraces: z.ZodType<LiveTraces> = z.strictObject({
  traces: z.array(traceSummary),
  linkedTraceIds: z.array(z.string()),
  overflow: z.boolean(),
});

const liveLogs: z.ZodType<LiveLogs> = z.strictObject({
  count,
  traceIds: z.array(z.string()),
  overflow: z.boolean(),
});

const liveEvicted: z.ZodType<LiveEvicted> = z.strictObject({ before: unixNs, traceCount: count });

const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number(),
  detail: z.string().optional(),
  instance: z.string().optional(),
  from: z
    .number()
    .optional()
    .meta({ description: 'Of a query that was not understood: where, in UTF-16 code units.' }),
  to: z.number().optional(),
  errors: z.array(z.looseObject({ parameter: z.string(), detail: z.string() })).optional(),
});

/**
 * The answers of the API as schemas. The compiler checks them against the types of the contract,
 * and the tests check real answers against them. The OpenAPI document is made of them.
 */
export const API_SCHEMAS = {
  Attribute: attribute,
  AttributeValue: attributeValue,
  ErrorPage: errorPage,
  ExplorerStats: explorerStats,
  JourneyPage: journeyPage,
  JourneySummary: journeySummary,
  JourneyView: journeyView,
  LinkGraph: linkGraph,
  LinkMap: linkMap,
  LinkPage: linkPage,
  LinkAttributes: linkAttributes,
  LinkGroups: linkGroups,
  TraceNames: traceNames,
  LogPage: logPage,
  LogRecord: logRecord,
  LiveEvicted: liveEvicted,
  LiveLogs: liveLogs,
  LiveTraces: liveTraces,
  Problem: problem,
  RejectionList: rejectionList,
  ServiceList: serviceList,
  SpanDetail: spanDetail,
  SpanMatches: spanMatches,
  SpanPage: spanPage,
  SpanSummary: spanSummary,
  Suggestions: suggestions,
  TracePage: tracePage,
  TraceSummary: traceSummary,
  TraceView: traceView,
  WaitPage: waitPage,
} as const satisfies Readonly<Record<string, z.ZodType>>;

export type ApiSchemaName = keyof typeof API_SCHEMAS;
