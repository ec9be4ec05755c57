import {
  diag,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
} from '@opentelemetry/api';
import { ATTR_SAMPLED_BY } from '../attributes.ts';
import { linkSourcesOf } from '../fan-in-sources.ts';
import { recordUpgrade } from '../metrics.ts';
import { isSource, keepShare, reachesShare, type KeepRule } from './keep-rule.ts';
import type { Sampler, SamplingDecision, SamplingResult } from './sampler.ts';
import { withoutThreshold } from './threshold.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Root traces that a {@link LinkSampler} adds per second by default. At 1 % head sampling, with batches of 100 of which
 * 63 % are kept, it is reached at 15,800 orders a second; consumers of single messages reach it at 10,000 messages a
 * second.
 */
export const DEFAULT_MAX_EXTRA_PER_SECOND = 100;

/** Options of a {@link LinkSampler}. */
export interface LinkSamplerOptions {
  /** Decides when the links do not: `new TraceIdRatioBasedSampler(0.01)`. It is asked about every span. */
  readonly fallback: Sampler;
  /** How many of the linked sources must be sampled; `any` by default. */
  readonly keepWhen?: KeepRule;
  /**
   * Root traces per second that links may add to those of the fallback, with bursts of a second's worth; 100 by
   * default, `Infinity` for no bound. Beyond it, the fallback's decision stands.
   */
  readonly maxExtraPerSecond?: number;
  /** The clock of that bound, in milliseconds; monotonic by default. */
  readonly nowMs?: () => number;
}

const NOT_RECORD: SamplingDecision = 0;
const RECORD_AND_SAMPLED: SamplingDecision = 2;

/**
 * A sampler that keeps a root span when the spans that it links to were kept, so a sampled request can be followed to
 * the batch that handled it:
 *
 *     new ParentBasedSampler({ root: new LinkSampler({ fallback: new TraceIdRatioBasedSampler(0.01) }) })
 *
 * - Links only add. A span that the fallback keeps is kept with its threshold, so its adjusted count stays right. A
 *   span that links keep against the fallback's decision loses the `ot=th` threshold, which no longer applies.
 * - Links count only for roots. Below a valid parent the fallback alone decides: upgrading the child of an unsampled
 *   parent makes an orphan. `ParentBasedSampler` around this sampler makes the children follow their root.
 * - For a fan-in that is split above the link limit, it sees the sources of all parts.
 * - It never throws. It reports a failure (of the fallback, a clock, a hostile link) once through `diag`.
 *
 * Works with the SDK 2.x and 3.x.
 */
export class LinkSampler implements Sampler {
  readonly #fallback: Sampler;
  readonly #share: number;
  readonly #extra: TokenBucket;
  readonly #reported = new Set<string>();

  constructor(options: LinkSamplerOptions) {
    this.#fallback = options.fallback;
    this.#share = keepShare(options.keepWhen ?? 'any');
    this.#extra = new TokenBucket(
      options.maxExtraPerSecond ?? DEFAULT_MAX_EXTRA_PER_SECOND,
      options.nowMs ?? (() => performance.now()),
    );
  }

  shouldSample(
    context: Context,
    traceId: string,
    spanName: string,
    spanKind: SpanKind,
    attributes: Attributes,
    links: Link[],
  ): SamplingResult {
    let result: SamplingResult = { decision: NOT_RECORD };
    try {
      result = this.#fallback.shouldSample(context, traceId, spanName, spanKind, attributes, links);
      return this.#consultLinks(result, context, links);
    } catch (error) {
      this.#reportOnce('failed and left it to its fallback', error);
      return result;
    }
  }

  toString(): string {
    const keepWhen = this.#share === 0 ? 'any' : this.#share === 1 ? 'all' : `ratio ${this.#share}`;
    return `LinkSampler{keepWhen=${keepWhen}, maxExtraPerSecond=${this.#extra.ratePerSecond}, fallback=${this.#fallback.toString()}}`;
  }

  #consultLinks(fallback: SamplingResult, context: Context, links: readonly Link[]): SamplingResult {
    if (hasParent(context)) return fallback;
    const sources = [links, linkSourcesOf(context)];
    if (fallback.decision === RECORD_AND_SAMPLED) {
      return sources.some((list) => list.some(isSource)) ? sampledBy('fallback', fallback) : fallback;
    }
    if (!reachesShare(sources, this.#share)) return fallback;
    const isGranted = this.#extra.take();
    recordUpgrade(isGranted ? 'granted' : 'refused');
    if (!isGranted) {
      this.#reportOnce(`reached its bound of ${this.#extra.ratePerSecond} extra traces a second`);
      return fallback;
    }
    const { traceState } = fallback;
    const kept = sampledBy('links', { ...fallback, decision: RECORD_AND_SAMPLED });
    return traceState ? { ...kept, traceState: withoutThreshold(traceState) } : kept;
  }

  #reportOnce(what: string, ...details: unknown[]): void {
    if (this.#reported.has(what)) return;
    this.#reported.add(what);
    try {
      diag.warn(`LinkSampler ${what}; this is said once`, ...details);
    } catch {
      // The logger belongs to the user, and its failure must not cost a span.
    }
  }
}

function hasParent(context: Context): boolean {
  const parent = trace.getSpanContext(context);
  return parent !== undefined && isSpanContextValid(parent);
}

function sampledBy(who: 'fallback' | 'links', result: SamplingResult): SamplingResult {
  return { ...result, attributes: { ...result.attributes, [ATTR_SAMPLED_BY]: who } };
}
