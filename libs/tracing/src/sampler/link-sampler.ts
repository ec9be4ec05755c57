import {
  diag,
  isSpanContextValid,
  trace,
  type Attributes,
  type Context,
  type Link,
  type SpanKind,
} from '@opentelemetry/api';
import { linkSourcesOf } from '../fan-in-sources.ts';
import { recordUpgrade } from '../metrics.ts';
import { isSource, keepShare, reachesShare, type KeepRule } from './keep-rule.ts';
import type { Sampler, SamplingDecision, SamplingResult } from './sampler.ts';
import { withoutThreshold } from './threshold.ts';
import { TokenBucket } from './token-bucket.ts';

/**
 * Span attribute of a kept root span with links: who kept it, `fallback` or, against the fallback's decision, `links`.
 * What `links` kept is biased towards large batches: leave it out of counts and rates that are scaled up from samples.
 */
export const ATTR_SAMPLED_BY = 'spanlinks.sampled_by';

/**
 * Root traces that a {@link LinkSampler} adds a second, by default. At 1 % head sampling, batches of 100 and 63 % of
 * them kept it is reached at 15,800 orders a second; consumers of single messages reach it at 10,000 messages a second.
 */
export const DEFAULT_MAX_EXTRA_PER_SECOND = 100;

/** How a {@link LinkSampler} decides. */
export interface LinkSamplerOptions {
  /** Decides where the links do not: `new TraceIdRatioBasedSampler(0.01)`. It is asked about every span. */
  readonly fallback: Sampler;
  /** How many of the linked sources have to be sampled; `any` by default. */
  readonly keepWhen?: KeepRule;
  /**
   * Root traces that links may add a second to what the fallback keeps, with bursts of a second's worth;
   * {@link DEFAULT_MAX_EXTRA_PER_SECOND} by default, `Infinity` for no bound. Beyond it the fallback's decision stands.
   */
  readonly maxExtraPerSecond?: number;
  /** The clock of that bound, in milliseconds; monotonic by default. */
  readonly nowMs?: () => number;
}

const NOT_RECORD: SamplingDecision = 0;
const RECORD_AND_SAMPLED: SamplingDecision = 2;

/**
 * A sampler that keeps a root span when the spans that it links to were kept, so that a sampled request can be followed
 * to the batch that handled it:
 *
 *     new ParentBasedSampler({ root: new LinkSampler({ fallback: new TraceIdRatioBasedSampler(0.01) }) })
 *
 * - Links only add. A span that the fallback keeps is kept, threshold and all: its adjusted count stays right. One that
 *   links keep against the fallback's decision loses the `ot=th` threshold that it can no longer vouch for.
 * - Links count for roots only. Below a valid parent the fallback decides alone: upgrading the child of an unsampled
 *   parent makes an orphan. Around this sampler, `ParentBasedSampler` has the children follow their root.
 * - Of a fan-in that is split above the link limit, it sees the sources of all parts.
 * - It never throws. What fails (the fallback, a clock, a hostile link) is reported once through `diag`.
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
      // The logger is the user's, and a span is not worth its failure.
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
