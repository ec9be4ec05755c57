export { LOG_SEVERITIES, severityName, type LogPage, type LogRecord, type LogSeverity } from './log.ts';
export { attributeText, type Attribute, type AttributeValue } from './attribute.ts';
export type {
  ExplorerStats,
  RejectionList,
  RequestRejections,
  ServiceList,
  SignalStats,
  Suggestions,
} from './catalog.ts';
export type { GraphEdge, GraphNode, LinkGraph, NotableTraces } from './graph.ts';
export {
  JOURNEY_SORTS,
  JOURNEY_STATES,
  type JourneyPage,
  type JourneySort,
  type JourneyStage,
  type JourneyState,
  type JourneySummary,
  type JourneyUnit,
  type JourneyView,
} from './journey.ts';
export {
  LINK_DIRECTIONS,
  LINK_SORTS,
  type LinkCompleteness,
  type LinkDirection,
  type LinkEnd,
  type LinkPage,
  type LinkRollUp,
  type LinkWaitBar,
  type LinkSort,
  type ResolvedLink,
  type UnresolvedReason,
} from './link.ts';
export {
  LINK_ATTRIBUTE_OWNERS,
  linkAttributeName,
  linkAttributeOf,
  parseLinkQuery,
  type AttributeTerm,
  type LinkAttribute,
  type LinkAttributeOwner,
  type LinkAttributes,
  type LinkGroups,
} from './link-attribute.ts';
export { formatQuery } from './format-query.ts';
export type { LiveEvicted, LiveLogs, LiveTraces } from './live.ts';
export type {
  LinkMap,
  MapCall,
  MapLink,
  MapNode,
  MapRange,
  MapWaiting,
  WaitHistory,
  WaitPage,
} from './map.ts';
export { parseQuery, QUERY_LIMITS, type ParsedQuery } from './parse-query.ts';
export { operatorsAfter, queryPointAt, type QueryPoint } from './query-at.ts';
export { nearestName } from './nearest-name.ts';
export { QUERY_FEATURES, type QueryFeature } from './query-features.ts';
export {
  operatorsOf,
  QUERY_FIELDS,
  queryFieldNamed,
  type QueryField,
  type QueryFieldType,
} from './query-fields.ts';
export type { QueryError } from './query-scan.ts';
export {
  isJourneyTerm,
  type AttributeTermField,
  type FieldTerm,
  type JourneyTerm,
  type NumberOperator,
  type Place,
  type Query,
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
  type TimeProblem,
} from './span.ts';
export type {
  ErrorGroup,
  ErrorPage,
  JourneyOfTrace,
  SpanMatches,
  SpanPage,
  TraceNames,
  TracePage,
  TraceSummary,
  TraceView,
} from './trace.ts';
