import { isSpanContextValid, TraceFlags, type Link } from '@opentelemetry/api';

/**
 * When the linked sources keep a span:
 * - `any`: at least one of them is sampled. Every sampled source can be followed.
 * - `all`: each of them is. What is kept is complete; what is dropped may have been asked for.
 * - `{ ratio }`: at least this share of them is, above 0 and up to 1. Compared with the sources of the span in hand;
 *   nothing is drawn at random. Out of range means the nearest rule, that is `any` or `all`; not a number means `all`.
 *
 * Sources are counted once, however many links name them. Links that name no valid span do not count, and a span without
 * any source is never kept by its links.
 */
export type KeepRule = 'any' | 'all' | { readonly ratio: number };

/** The share of sampled sources from which a rule keeps. 0 stands for `any`, which still wants one. */
export function keepShare(rule: KeepRule): number {
  if (rule === 'any') return 0;
  const ratio = rule === 'all' ? 1 : rule.ratio;
  return ratio <= 1 ? Math.max(0, ratio) : 1;
}

/** Whether the sources that these lists of links name, taken together, reach the share. */
export function reachesShare(lists: readonly (readonly Link[])[], share: number): boolean {
  // Most spans with a sampled source are settled by the first one, without a set of thousands.
  if (!lists.some((links) => links.some(isSampledSource))) return false;
  if (share === 0) return true;
  const sampledBySource = new Map<string, boolean>();
  for (const links of lists) {
    for (const link of links) {
      if (!isSource(link)) continue;
      const source = link.context.traceId + link.context.spanId;
      // Two carriers of one span may disagree, if something in between cleared the flag: then its trace was kept.
      sampledBySource.set(source, sampledBySource.get(source) === true || isSampled(link));
    }
  }
  let sampled = 0;
  for (const isSourceSampled of sampledBySource.values()) if (isSourceSampled) sampled++;
  // Divided, not multiplied: 0.55 * 100 is a little more than 55, and 55 of 100 would not be enough.
  return sampled / sampledBySource.size >= share;
}

/** Whether a link names a span. The SDK hands a sampler whatever its caller took for a link. */
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
