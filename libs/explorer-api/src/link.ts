import type { Attribute } from './attribute.ts';
import type { SpanEvent, SpanStatus, SpanSummary } from './span.ts';

/** `out`: the links that a span bears. `in`: those of other spans that lead to it. */
export const LINK_DIRECTIONS = ['out', 'in'] as const;
export type LinkDirection = (typeof LINK_DIRECTIONS)[number];

/**
 * Why the other end of a link cannot be shown:
 * - `not_received`: no such span has come in; it may still come.
 * - `evicted`: it was here until the explorer's retention took it.
 * - `not_sampled`: the link's flags say that its target was not sampled, so it will not come.
 * - `invalid`: the link names no span: an id is all zeros or of the wrong length.
 */
export type UnresolvedReason = 'not_received' | 'evicted' | 'not_sampled' | 'invalid';

/** A link with its other end: the target of a link `out`, the bearer of a link `in`. */
export interface ResolvedLink {
  /** The link's place on the span that bears it, from 0. With the bearer it is the link's identity: targets may repeat. */
  readonly index: number;
  /** Ids of the other end as they were sent. */
  readonly traceId: string;
  readonly spanId: string;
  readonly traceState: string;
  /** All 32 bits of the OTLP flags of the link. */
  readonly flags: number;
  readonly attributes: readonly Attribute[];
  readonly droppedAttributesCount: number;
  /** The other end is the very span whose links these are. */
  readonly isSelf: boolean;
  /** Another link between the same two spans comes before this one. */
  readonly isDuplicate: boolean;
  /**
   * Time from the earlier to the later work, in ns: from the end of the link's target to the start of its bearer. Negative where
   * the two overlap. `null` where the other end is not resolved.
   */
  readonly gapNs: number | null;
  readonly other:
    ({ readonly resolved: true } & LinkEnd) | { readonly resolved: false; readonly reason: UnresolvedReason };
}

/** The other end of a link, with the trace it belongs to. */
export interface LinkEnd extends SpanSummary {
  /** Present with `include=details`. */
  readonly attributes?: readonly Attribute[];
  readonly events?: readonly SpanEvent[];
}

export const LINK_SORTS = ['index', 'start', 'duration', 'gap', 'name', 'service', 'status'] as const;
export type LinkSort = (typeof LINK_SORTS)[number];

/** `GET /api/v1/traces/:traceId/spans/:spanId/links?direction=`. */
export interface LinkPage {
  readonly direction: LinkDirection;
  readonly links: readonly ResolvedLink[];
  readonly nextCursor: string | null;
  readonly rollUp: LinkRollUp;
  /** For `out` alone. */
  readonly completeness: LinkCompleteness | null;
}

/** All links of one direction in one line; of what the filter left, where there is one. */
export interface LinkRollUp {
  readonly total: number;
  readonly resolved: number;
  readonly unresolved: Readonly<Partial<Record<UnresolvedReason, number>>>;
  readonly byStatus: Readonly<Record<SpanStatus, number>>;
  /** Of the other ends, the most frequent first; at most 20. */
  readonly services: readonly { readonly service: string; readonly count: number }[];
  /** In ns; `null` where nothing is resolved. */
  readonly gap: { readonly minNs: number; readonly medianNs: number; readonly maxNs: number } | null;
}

/**
 * Whether the span bears all the links it should.
 *
 * A fan-in above the link limit shares its links among several spans: `expected`, `keptOverParts` and `parts` are then those of the
 * whole.
 */
export interface LinkCompleteness {
  /** On this span, as received. */
  readonly kept: number;
  /** That the SDK says it dropped of this span. */
  readonly dropped: number;
  /** `batch.size` or `messaging.batch.message_count`; `null` where the span says neither. */
  readonly expected: number | null;
  /** Sources that had no usable carrier: `batch.links.missing`. 0 where the span does not say. */
  readonly missing: number;
  /** Links over all spans that share them, and how many spans those are. Parts that were not received are not counted. */
  readonly keptOverParts: number;
  readonly parts: number;
  /**
   * - `complete`: every source has a link, or shares one.
   * - `dropped`: the SDK dropped links; raise `OTEL_SPAN_LINK_COUNT_LIMIT` or split the span.
   * - `missing_sources`: sources without a usable carrier explain the difference.
   * - `short`: fewer links than expected, and nothing says why; parts may not have been received.
   * - `unknown`: the span says nothing about how many there should be, and none was dropped.
   */
  readonly verdict: 'complete' | 'dropped' | 'missing_sources' | 'short' | 'unknown';
}
