export type { Attribute, AttributeValue } from './attribute.ts';
export type { ExplorerStats, ServiceList, Suggestions } from './catalog.ts';
export type { GraphEdge, GraphNode, LinkGraph } from './graph.ts';
export {
  LINK_DIRECTIONS,
  LINK_SORTS,
  type LinkCompleteness,
  type LinkDirection,
  type LinkEnd,
  type LinkPage,
  type LinkRollUp,
  type LinkSort,
  type ResolvedLink,
  type UnresolvedReason,
} from './link.ts';
export { formatQuery } from './format-query.ts';
export type { LiveEvicted, LiveTraces } from './live.ts';
export { parseQuery, QUERY_LIMITS, type ParsedQuery } from './parse-query.ts';
export { operatorsAfter, queryPointAt, type QueryPoint } from './query-at.ts';
export { QUERY_FIELDS, type QueryField } from './query-fields.ts';
export type { QueryError } from './query-scan.ts';
export {
  QUERY_FEATURES,
  type NumberOperator,
  type Place,
  type Query,
  type QueryFeature,
  type Term,
  type TextOperator,
} from './query.ts';
export {
  SPAN_KINDS,
  SPAN_STATUSES,
  type ResourceDetail,
  type ScopeDetail,
  type SpanDetail,
  type SpanEvent,
  type SpanKind,
  type SpanStatus,
  type SpanSummary,
} from './span.ts';
export type { SpanPage, TracePage, TraceSummary, TraceView } from './trace.ts';
