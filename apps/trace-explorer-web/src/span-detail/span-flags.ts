/** @see https://github.com/open-telemetry/opentelemetry-proto/blob/main/opentelemetry/proto/trace/v1/trace.proto (SpanFlags) */
const SAMPLED = 0x01;
const RANDOM_TRACE_ID = 0x02;
const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;

/** The flags of a span in words. */
export function explainFlags(flags: number, hasParent: boolean): string[] {
  return [
    flags & SAMPLED
      ? 'sampled'
      : 'the sampled bit is not set: exporters older than OTLP 1.1 never set it, newer ones when the span was only recorded',
    ...(flags & RANDOM_TRACE_ID ? ['random trace ID'] : []),
    ...(flags & HAS_IS_REMOTE && hasParent
      ? [flags & IS_REMOTE ? 'parent in another process' : 'parent in the same process']
      : []),
  ];
}

/** `0x00000301`, all 32 bits. */
export function formatFlags(flags: number): string {
  return `0x${(flags >>> 0).toString(16).padStart(8, '0')}`;
}
