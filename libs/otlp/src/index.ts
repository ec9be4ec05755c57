export { findAttribute, isKeyValueList, MAX_VALUE_DEPTH } from './any-value.ts';
export type { AnyValue, Attribute, KeyValueList } from './any-value.ts';
export { countSpans, spanCount } from './count-spans.ts';
export type { SpanCount } from './count-spans.ts';
export { decodeLogs, logRecordCount } from './decode-logs.ts';
export type { LogRecord, LogsRequest, ResourceLogs, ScopeLogs } from './logs-request.ts';
export { decodeTracesJson, tracesOfJson } from './decode-traces-json.ts';
export { parseLosslessJson } from './lossless-json.ts';
export { decodeTracesProtobuf } from './decode-traces-protobuf.ts';
export type { SpanFrame } from './decode-traces-protobuf.ts';
export { DEFAULT_ELEMENT_LIMITS, ELEMENT_KINDS, TooManyElements } from './element-limits.ts';
export type { ElementKind, ElementLimits } from './element-limits.ts';
export { decodeSpanFrame, frameTraces } from './frame-traces.ts';
export type { FramedTraces } from './frame-traces.ts';
export { atOnce, inTurns } from './loop-turns.ts';
export type { Steps } from './loop-turns.ts';
export { judgeSpan } from './judge-span.ts';
export type { SpanProblem, SpanVerdict } from './judge-span.ts';
export { scanMessage } from './message-scan.ts';
export type { MessageScan } from './message-scan.ts';
export { OtlpDecodeError } from './otlp-decode-error.ts';
export type { OtlpDecodePosition, OtlpDecodeReason } from './otlp-decode-error.ts';
export { OTLP_CONTENT_TYPE, otlpEncodingOf } from './otlp-encoding.ts';
export type { OtlpEncoding } from './otlp-encoding.ts';
export { sendOtlp } from './otlp-reply.ts';
export { otlpRefusalOf, readOtlpRequest } from './otlp-request.ts';
export type { OtlpRefusal, OtlpRequest, OtlpRequestLimits } from './otlp-request.ts';
export { encodeExportResponse, encodeStatus, encodeTracesResponse } from './otlp-response.ts';
export type { PartialSuccess, RpcStatus } from './otlp-response.ts';
export { OTLP_PATHS, otlpSignalOf } from './otlp-signal.ts';
export type { Signal } from './otlp-signal.ts';
export { BodyReading, BodyRefused, unsupported } from './request-body.ts';
export type { Body, BodyOptions, BodyRoom } from './request-body.ts';
export { ACCEPTED_ENCODINGS, packingOf } from './content-encoding.ts';
export { serviceNameIn } from './service-name.ts';
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
