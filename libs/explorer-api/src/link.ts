import type { Attribute } from './attribute.ts';
import type { SpanEvent, SpanStatus, SpanSummary } from './span.ts';

/** `out`: the links of a span. `in`: the links of other spans to it. */
export const LINK_DIRECTIONS = ['out', 'in'] as const;
export type LinkDirection = (typeof LINK_DIRECTIONS)[number];

/**
 * Why the other end of a link cannot be shown:
 * - `not_received`: no such span has come in; it may still come.
 * - `evicted`: the explorer's retention has deleted it.
 * - `not_sampled`: the link's W3C flags are set and do not include `sampled`, so the target will
 * not come. Flags of zero say nothing.
 * - `invalid`: the link names no span: an id is all zeros or of the wrong length.
 */
export type UnresolvedReason = 'not_received' | 'evicted' | 'not_sampled' | 'invalid';

/** A link with its other end: the target of a link `out`, the linking span of a link `in`. */
export interface ResolvedLink {
  /**
   * The place of the link on its span, from 0. Together with the span it identifies the link,
   * because targets may repeat.
   */
  readonly index: number;
  /** The ids of the other end as they were sent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  /** All 32 bits of the OTLP flags of the link. */
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  /** True if the other end is the same span. */
  readonly isSelf: boolean;
  /** True if an earlier link has the same two spans and the same attributes. */
  readonly isDuplicate: boolean;
  /**
   * The time from the earlier to the later work, in ns: from the end of the link's target to the
   * start of the linking span. Negative if the two overlap; `null` if the other end is not
   * resolved.
   */
  readonly gapNs: number | null;
  readonly other:
    ({ readonly resolved: true } & LinkEnd) | { readonly resolved: false; readonly reason: UnresolvedReason };
}

/** The other end of a link, with the trace it belongs to. */
export interface LinkEnd extends Omit<SpanSummary, 'message'> {
  /** Present with `include=details`. */
  readonly attributes?: readonly Attribute[];
  readonly events?: readonly SpanEvent[];
  /**
   * With `include=names`: the attributes that may tell the span from others, such as `order.id`.
   * Missing if it has none.
   */
  readonly names?: Readonly<Record<string, string>>;
}

export const LINK_SORTS = ['index', 'start', 'duration', 'gap', 'name', 'service', 'status'] as const;
export type LinkSort = (typeof LINK_SORTS)[number];

/** `GET /api/v1/traces/:traceId/spans/:spanId/links?direction=`. */
export interface LinkPage {
  readonly direction: LinkDirection;
  readonly links: readonly ResolvedLink[];
  readonly nextCursor: string | null;
  readonly rollUp: LinkRollUp;
  /** Only for `out`. */
  readonly completeness: LinkCompleteness | null;
}

/** All links of one direction in one line. With a filter, only the links that pass it. */
export interface LinkRollUp {
  readonly total: number;
  readonly resolved: number;
  readonly unresolved: Readonly<Partial<Record<UnresolvedReason, number>>>;
  readonly byStatus: Readonly<Record<SpanStatus, number>>;
  /** The services of the other ends, most frequent first; at most 20. */
  readonly services: readonly { readonly service: string; readonly count: number }[];
  /** In ns; `null` if nothing is resolved. */
  readonly gap: {
    readonly minNs: number;
    readonly medianNs: number;
    readonly p95Ns: number;
    readonly maxNs: number;
  } | null;
  /** The gaps by length, shortest first; at most 20 bars, also empty ones between others. */
  readonly waits: readonly LinkWaitBar[];
}

/** Links with a gap of at least `fromNs` and less than `toNs`. Below zero, the spans overlap. */
export interface LinkWaitBar {
  readonly fromNs: number;
  readonly toNs: number;
  readonly count: number;
}

/**
 * Tells if the span has all the links that it should have.
 *
 * A fan-in above the link limit shares its links among several spans. `expected`, `keptOverParts`
 * and `parts` then describe the whole.
 */
export interface LinkCompleteness {
  /** Links on this span, as received. */
  readonly kept: number;
  /** Links that the SDK reports as dropped from this span. */
  readonly dropped: number;
  /** `batch.size` or `messaging.batch.message_count`; `null` if the span has neither. */
  readonly expected: number | null;
  /**
   * Sources without a usable carrier: `spanlinks.links.missing`, or children of a poll that process
   * a message and have no link. 0 if nothing is reported.
   */
  readonly missing: number;
  /**
   * Links over all spans that share them, and the number of those spans: the parts of a split
   * fan-in, or a span that polls with its children that process the messages. Parts that were not
   * received are not counted.
   */
  readonly keptOverParts: number;
  readonly parts: number;
  /**
   * - `complete`: every source has a link, or shares one.
   * - `dropped`: the SDK dropped links; raise `OTEL_SPAN_LINK_COUNT_LIMIT` or split the span.
   * - `missing_sources`: sources without a usable carrier explain the difference.
   * - `short`: there are fewer links than expected for an unknown reason; parts may not have been
   * received.
   * - `unknown`: the span does not say how many there should be, and none was dropped.
   */
  readonly verdict: 'complete' | 'dropped' | 'missing_sources' | 'short' | 'unknown';
}
