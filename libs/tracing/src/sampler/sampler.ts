import type { Attributes, Context, Link, SpanKind, TraceState } from '@opentelemetry/api';

/**
 * A sampler's decision, as the numbers that all versions of the SDK share: 0 drops the span, 1 records it without
 * exporting it, 2 records and exports it.
 *
 * Numbers, because each SDK has its own enum and the one in the API is deprecated; TypeScript accepts the numbers for
 * either.
 */
export type SamplingDecision = 0 | 1 | 2;

/** A sampler's answer, as in the SDK 2.x and 3.x. */
export interface SamplingResult {
  decision: SamplingDecision;
  /** Added to the span's own attributes. Must not be changed afterwards: samplers may return one object many times. */
  attributes?: Readonly<Attributes>;
  /** The span's new trace state; absent to leave it as it is. */
  traceState?: TraceState;
}

/**
 * The sampler interface of the OpenTelemetry SDK 2.x and 3.x, copied so that this library depends on neither.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/sdk/#sampler
 */
export interface Sampler {
  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult;
  toString(): string;
}
