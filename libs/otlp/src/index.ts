export { findAttribute, isKeyValueList, MAX_VALUE_DEPTH } from './any-value.ts';
export type { AnyValue, Attribute, KeyValueList } from './any-value.ts';
export { checkMessage } from './check-message.ts';
export { countSpans, spanCount } from './count-spans.ts';
export type { SpanCount } from './count-spans.ts';
export { decodeTracesJson } from './decode-traces-json.ts';
export { decodeSpanFrame, decodeTracesProtobuf, frameTracesProtobuf } from './decode-traces-protobuf.ts';
export type { FramedTraces, SpanFrame } from './decode-traces-protobuf.ts';
export { judgeSpan } from './judge-span.ts';
export type { SpanProblem, SpanVerdict } from './judge-span.ts';
export { OtlpDecodeError } from './otlp-decode-error.ts';
export type { OtlpDecodePosition, OtlpDecodeReason } from './otlp-decode-error.ts';
export { OTLP_CONTENT_TYPE, otlpEncodingOf } from './otlp-encoding.ts';
export type { OtlpEncoding } from './otlp-encoding.ts';
export { sendOtlp } from './otlp-reply.ts';
export { OTLP_PATHS, otlpRefusalOf, otlpSignalOf, readOtlpRequest } from './otlp-request.ts';
export type { OtlpRefusal, OtlpRequest, OtlpRequestLimits, Signal } from './otlp-request.ts';
export { encodeStatus, encodeTracesResponse } from './otlp-response.ts';
export type { PartialSuccess } from './otlp-response.ts';
export type { BodyRoom } from './request-body.ts';
export { SPAN_FLAGS, SPAN_KIND, STATUS_CODE } from './traces-request.ts';
export type {
  Resource,
  ResourceSpans,
  Scope,
  ScopeSpans,
  Span,
  SpanEvent,
  SpanLink,
  SpanStatus,
  TracesRequest,
} from './traces-request.ts';
