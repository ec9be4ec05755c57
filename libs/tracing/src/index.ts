export type { Attempt, AttemptOutcome, PreviousAttempt } from './attempt.ts';
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
export type { ForeignFormat } from './carrier-fields.ts';
export { startFanIn, type FanIn, type FanInOptions } from './fan-in.ts';
export {
  fanOut,
  type Branch,
  type BranchOutcome,
  type BranchOutcomes,
  type FanOutOptions,
} from './fan-out.ts';
export { inFanIn } from './in-fan-in.ts';
export { inSpan } from './in-span.ts';
export { startJoin } from './join.ts';
export { linkFromCarrier } from './link-from-carrier.ts';
export type { LinkSet, LinkSource, MissingReason } from './links.ts';
export type { EachMessageOptions, MessageBatchOptions } from './message-batch.ts';
export { messageConsumer, type MessageConsumer } from './message-consumer.ts';
export type {
  DeliveryFacts,
  EarlierDelivery,
  MessageConsumerOptions,
  MessageDescription,
  OneMessageOptions,
} from './message-description.ts';
export {
  sendMessage,
  sendMessages,
  type Destination,
  type MessageCarrier,
  type SendManyOptions,
  type SendOptions,
} from './message-producer.ts';
export type { LinkRelation } from './relation.ts';
