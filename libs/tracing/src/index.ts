export { parseBaggage } from './baggage.ts';
export {
  captureTraceContext,
  carrierOf,
  parseCarrier,
  type CaptureOptions,
  type CarrierVerdict,
  type ParsedCarrier,
  type TraceCarrier,
} from './carrier.ts';
export { handleMessage, type HandleMessageOptions, type Message } from './consumer.ts';
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
export {
  DEFAULT_CONCURRENCY,
  fanOut,
  type Branch,
  type BranchOutcome,
  type BranchOutcomes,
  type FanOutOptions,
} from './fan-out.ts';
export { linkSourcesOf } from './fan-in-sources.ts';
export { inFanIn } from './in-fan-in.ts';
export { inSpan, markFailed } from './in-span.ts';
export { ATTR_JOIN_FAILED, startJoin } from './join.ts';
export { collectLinks, linkFromCarrier, type LinkSet, type LinkSource, type MissingReason } from './links.ts';
export {
  ATTR_LINK_VERDICT,
  ATTR_UPGRADE_OUTCOME,
  METRIC_LINKS,
  METRIC_SAMPLER_UPGRADES,
  METRIC_SOURCE_AGE,
  type LinkVerdict,
} from './metrics.ts';
export {
  ATTR_LINK_MISSING_REASON,
  ATTR_LINK_RELATION,
  ATTR_LINK_SOURCE_COUNT,
  type LinkRelation,
} from './relation.ts';
export {
  ATTR_ATTEMPT,
  ATTR_PREVIOUS_ATTEMPTS_MISSING,
  marksOfAttempt,
  startAttempt,
  type Attempt,
  type AttemptMarks,
  type PreviousAttempt,
} from './retry.ts';
