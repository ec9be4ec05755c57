export {
  captureTraceContext,
  carrierOf,
  parseCarrier,
  type CarrierVerdict,
  type ParsedCarrier,
  type TraceCarrier,
} from './carrier.ts';
export {
  ATTR_BATCH_LINKS_KEPT,
  ATTR_BATCH_LINKS_MISSING,
  ATTR_BATCH_LINKS_MISSING_REASON,
  ATTR_BATCH_PART,
  ATTR_BATCH_PARTS,
  ATTR_BATCH_SIZE,
  DEFAULT_LINK_LIMIT,
  startFanIn,
  type FanIn,
  type FanInOptions,
} from './fan-in.ts';
export { inSpan, markFailed } from './in-span.ts';
export { collectLinks, linkFromCarrier, type LinkSet, type LinkSource, type MissingReason } from './links.ts';
export { ATTR_LINK_RELATION, ATTR_LINK_SOURCE_COUNT, type LinkRelation } from './relation.ts';
