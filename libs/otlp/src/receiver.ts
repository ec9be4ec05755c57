export { attributeRecord } from './attribute-record.ts';
export type { AttributeRecord, PlainValue } from './attribute-record.ts';
export { startOtlpReceiver } from './otlp-receiver.ts';
export type { OtlpReceiver, OtlpReceiverOptions, ReceivedRequest, ResponseMode } from './otlp-receiver.ts';
export type { ReceivedEvent, ReceivedLink, ReceivedSpan } from './received-span.ts';
export type { ReceiverCounts } from './receiver-counts.ts';
export type { SpanWait } from './span-inbox.ts';
export { SPAN_FLAGS, SPAN_KIND, STATUS_CODE } from './traces-request.ts';
