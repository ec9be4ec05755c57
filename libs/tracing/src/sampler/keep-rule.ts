import { isSpanContextValid, TraceFlags, type Link } from '@opentelemetry/api';

/**
 * When the linked sources keep a span:
 * - `any`: at least one of them is sampled. Every sampled source can be followed.
 * - `all`: each of them is sampled. Kept spans are complete; a dropped span may be missing for somebody.
 * - `{ ratio }`: at least this share of them is sampled, above 0 and up to 1. Compared with the sources of this span;
 *   nothing is random. A value out of range means the nearest rule, `any` or `all`; not a number means `all`.
 *
 * Each source counts once, for any number of links. Links that name no valid span do not count, and links never keep a
 * span without a source.
 */
export type KeepRule = 'any' | 'all' | { readonly ratio: number };

/** The share of sampled sources from which a rule keeps. 0 stands for `any`, which still needs one. */
export function keepShare(rule: KeepRule): number {
  if (rule === 'any') return 0;
  const ratio = rule === 'all' ? 1 : rule.ratio;
  return ratio <= 1 ? Math.max(0, ratio) : 1;
}

/** Whether the sources of all these lists of links together reach the share. */
export function reachesShare(lists: readonly (readonly Link[])[], share: number): boolean {
  // The first sampled source settles most spans, without a set of thousands.
  if (!lists.some((links) => links.some(isSampledSource))) return false;
  if (share === 0) return true;
  const sampledBySource = new Map<string, boolean>();
  for (const links of lists) {
    for (const link of links) {
      if (!isSource(link)) continue;
      const source = link.context.traceId + link.context.spanId;
      // Two carriers of one span may disagree if a hop between cleared the flag. Its trace was kept then.
      sampledBySource.set(source, sampledBySource.get(source) === true || isSampled(link));
    }
  }
  let sampled = 0;
  for (const isSourceSampled of sampledBySource.values()) if (isSourceSampled) sampled++;
  // Divided, not multiplied: 0.55 * 100 is a little more than 55, so 55 of 100 would not be enough.
  return sampled / sampledBySource.size >= share;
}

/** Whether a link names a span. The SDK passes anything to a sampler that its caller gave as a link. */
export function isSource(link: Link | undefined): link is Link {
  const target = link?.context;
  return target !== undefined && target !== null && isSpanContextValid(target);
}

// The flag first: at 1 % head sampling, checking every id before it took most of the time of a decision (10,000 links).
function isSampledSource(link: Link | undefined): boolean {
  return isSampled(link) && isSource(link);
}

function isSampled(link: Link | undefined): boolean {
  return ((link?.context?.traceFlags ?? TraceFlags.NONE) & TraceFlags.SAMPLED) !== 0;
}
