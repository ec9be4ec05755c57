export {
  findAttribute,
  isKeyValueList,
  MAX_VALUE_DEPTH,
  SPAN_FLAGS,
  SPAN_KIND,
  STATUS_CODE,
  type AnyValue,
  type Attribute,
  type KeyValueList,
  type LogRecord,
  type LogsRequest,
  type Resource,
  type ResourceLogs,
  type ResourceSpans,
  type Scope,
  type ScopeLogs,
  type ScopeSpans,
  type Span,
  type SpanEvent,
  type SpanLink,
  type SpanStatus,
  type TracesRequest,
} from './otlp-model.ts';
export { countSpans, spanCount, type SpanCount } from './count-spans.ts';
export { decodeLogs, logRecordCount } from './decode-logs.ts';
export { decodeTracesJson, tracesOfJson } from './decode-traces-json.ts';
export { parseLosslessJson } from './json-fields.ts';
export { decodeTracesProtobuf, type SpanFrame } from './decode-traces-protobuf.ts';
export {
  DEFAULT_ELEMENT_LIMITS,
  ELEMENT_KINDS,
  TooManyElements,
  type ElementKind,
  type ElementLimits,
} from './element-limits.ts';
export { decodeSpanFrame, frameTraces, type FramedTraces } from './frame-traces.ts';
export { atOnce, inTurns, type Steps } from './loop-turns.ts';
export { judgeSpan, type SpanProblem, type SpanVerdict } from './judge-span.ts';
export { scanMessage, type MessageScan } from './message-scan.ts';
export { OtlpDecodeError, type OtlpDecodePosition, type OtlpDecodeReason } from './otlp-decode-error.ts';
export {
  OTLP_CONTENT_TYPE,
  OTLP_PATHS,
  otlpEncodingOf,
  otlpSignalOf,
  type OtlpEncoding,
  type Signal,
} from './otlp-signal.ts';
export {
  encodeExportResponse,
  encodeStatus,
  encodeTracesResponse,
  sendOtlp,
  type PartialSuccess,
  type RpcStatus,
} from './otlp-response.ts';
export {
  otlpRefusalOf,
  readOtlpRequest,
  type OtlpRefusal,
  type OtlpRequest,
  type OtlpRequestLimits,
} from './otlp-request.ts';
export {
  ACCEPTED_ENCODINGS,
  BodyReading,
  BodyRefused,
  packingOf,
  unsupported,
  type Body,
  type BodyOptions,
  type BodyRoom,
} from './request-body.ts';
export { serviceNameIn } from './service-name.ts';
