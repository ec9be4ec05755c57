export {
  attributeRecord,
  type AttributeRecord,
  type PlainValue,
  type ReceivedEvent,
  type ReceivedLink,
  type ReceivedSpan,
} from './received-span.ts';
export {
  startOtlpReceiver,
  type OtlpReceiver,
  type OtlpReceiverOptions,
  type ReceivedRequest,
  type ReceiverCounts,
  type ResponseMode,
} from './otlp-receiver.ts';
export type { SpanWait } from './span-inbox.ts';
export { SPAN_FLAGS, SPAN_KIND, STATUS_CODE } from './otlp-model.ts';
