import type { TraceState } from '@opentelemetry/api';

const OTEL_MEMBER = 'ot';
const THRESHOLD = 'th:';

/**
 * Erases the sampling threshold from a trace state. A span that was kept for another reason than its probability has no
 * known adjusted count, and a threshold would make it count for many. The explicit randomness (`rv`), other sub-keys
 * and other vendors' members stay.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/tracestate-probability-sampling/#general-requirements
 */
export function withoutThreshold(traceState: TraceState): TraceState {
  const subKeys = traceState.get(OTEL_MEMBER)?.split(';') ?? [];
  const kept = subKeys.filter((subKey) => !subKey.startsWith(THRESHOLD));
  if (kept.length === subKeys.length) return traceState;
  return kept.length === 0 ? traceState.unset(OTEL_MEMBER) : traceState.set(OTEL_MEMBER, kept.join(';'));
}
