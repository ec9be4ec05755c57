import { operationKey, SPAN_KIND, type JourneyLink, type JourneySpan } from './journey-span.ts';

/**
 * The clocks of two machines may differ by this much before a link counts as leading into the
 * future.
 */
const CLOCK_SKEW_NS = 5_000_000_000n;
const PART = /^(.*) part \d+\/\d+$/s;

/**
 * A piece of work that follows from earlier work: a span with followed links, or a trace without
 * any.
 */
export interface Unit {
  readonly trace: TraceUnits;
  /** The span with the links. For a trace without links, its root or its earliest span. */
  readonly span: JourneySpan;
  /** The span's continuations (`process-batch part 2/3`), which have their own links. */
  readonly parts: readonly JourneySpan[];
  /** Each target trace once, with the first link that leads to it. */
  readonly targets: ReadonlyMap<string, FollowedLink>;
  /** The traces that its links name, followed or not. */
  readonly named: ReadonlySet<string>;
  /** The spans that belong only to this unit. */
  readonly scope: readonly JourneySpan[];
  /** The start of the earliest span of its scope and the end of the latest. */
  readonly startNs: bigint;
  readonly endNs: bigint;
}

export interface FollowedLink extends JourneyLink {
  readonly from: JourneySpan;
}

/** A trace, cut into its units. */
export interface TraceUnits {
  readonly traceId: string;
  readonly spans: readonly JourneySpan[];
  readonly bySpanId: ReadonlyMap<string, JourneySpan>;
  /** A trace without followed links is one unit. */
  readonly units: readonly Unit[];
  readonly unitOfSpan: ReadonlyMap<string, Unit>;
  /**
   * Targets of links that are not followed because of their content. A link to a missing target is
   * followed.
   */
  readonly notFollowed: readonly string[];
  readonly startNs: bigint;
  /** True if it follows from an earlier trace. */
  readonly isLinking: boolean;
  /** True if its root and all parents are stored. */
  readonly isComplete: boolean;
}

/** @param spanOf finds the target of a link if it is stored. */
export function traceUnits(
  traceId: string,
  spans: readonly JourneySpan[],
  spanOf: (traceId: string, spanId: string) => JourneySpan | undefined,
): TraceUnits {
  const bySpanId = new Map(spans.map((span) => [span.spanId, span]));
  const notFollowed: string[] = [];
  const followed = new Map<JourneySpan, FollowedLink[]>();
  for (const span of spans) {
    for (const link of span.links) {
      const target = spanOf(link.traceId, link.spanId);
      if (link.traceId === traceId || link.relation === 'ambient') continue;
      if (isAhead(span, target) || isSequel(span, link, target)) notFollowed.push(link.traceId);
      else append(followed, span, { ...link, from: span });
    }
  }
  const trace = {
    traceId,
    spans,
    bySpanId,
    notFollowed,
    startNs: earliestStart(spans),
    isLinking: followed.size > 0,
    isComplete:
      spans.some(({ parentSpanId }) => parentSpanId === null) &&
      spans.every(({ parentSpanId }) => parentSpanId === null || bySpanId.has(parentSpanId)),
  };
  return withUnits(trace, followed);
}

/**
 * True if the target starts after the linking span has ended. Such a target cannot be its cause.
 */
function isAhead(span: JourneySpan, target: JourneySpan | undefined): boolean {
  return target !== undefined && target.startNs > span.endNs + CLOCK_SKEW_NS;
}

/**
 * True if a span runs after another span of its kind but is not caused by it. Without this rule, a
 * cron job that links to its previous run is one endless journey. A link to a producer is no
 * sequel: a consumer that sends to its own queue continues with the same item. A source that both
 * spans share proves the same.
 */
function isSequel(span: JourneySpan, link: JourneyLink, target: JourneySpan | undefined): boolean {
  if (target === undefined || link.relation !== undefined || target.kind === SPAN_KIND.producer) return false;
  if (operationKey(span) !== operationKey(target)) return false;
  const sources = new Set(target.links.map(({ traceId }) => traceId));
  return !span.links.some(({ traceId }) => sources.has(traceId));
}

type Uncut = Omit<TraceUnits, 'units' | 'unitOfSpan'>;

function withUnits(trace: Uncut, followed: ReadonlyMap<JourneySpan, FollowedLink[]>): TraceUnits {
  const owners = unitOwners(trace, followed);
  const units: Unit[] = [];
  const unitOfSpan = new Map<string, Unit>();
  const cut: TraceUnits = { ...trace, units, unitOfSpan };
  const links = new Map<JourneySpan, FollowedLink[]>();
  for (const [span, found] of followed) append(links, owners.get(span) ?? span, ...found);
  const scopes = new Map<JourneySpan, JourneySpan[]>();
  const [only] = links.size === 1 ? links.keys() : [links.size === 0 ? rootOf(trace.spans) : undefined];
  const nearest = only ? () => only : nearestUnit(trace, owners, links);
  for (const span of trace.spans) {
    const owner = nearest(span);
    if (owner) append(scopes, owner, span);
  }
  const parts = new Map<JourneySpan, JourneySpan[]>();
  for (const [part, owner] of owners) if (part !== owner) append(parts, owner, part);
  for (const [span, scope] of scopes) {
    const targets = new Map<string, FollowedLink>();
    for (const link of links.get(span) ?? []) if (!targets.has(link.traceId)) targets.set(link.traceId, link);
    const own = parts.get(span) ?? [];
    const unit = {
      trace: cut,
      span,
      parts: own,
      targets,
      named: namedTraces([span, ...own]),
      scope,
      startNs: earliestStart(scope),
      endNs: latestEnd(scope),
    };
    units.push(unit);
    for (const { spanId } of scope) unitOfSpan.set(spanId, unit);
  }
  return cut;
}

/**
 * The traces that a span itself names, including missing ones. The result therefore does not depend
 * on which traces were loaded.
 */
function namedTraces(spans: readonly JourneySpan[]): Set<string> {
  const named = new Set<string>();
  for (const { traceId, links } of spans) {
    for (const link of links)
      if (link.traceId !== traceId && link.relation !== 'ambient') named.add(link.traceId);
  }
  return named;
}

/**
 * The unit of each linking span. A part of a split fan-in belongs to the span that it continues.
 */
function unitOwners(
  { bySpanId }: Uncut,
  followed: ReadonlyMap<JourneySpan, unknown>,
): Map<JourneySpan, JourneySpan> {
  const owners = new Map<JourneySpan, JourneySpan>();
  for (const span of followed.keys()) {
    const [, whole] = PART.exec(span.operation) ?? [];
    const parent = span.parentSpanId === null ? undefined : bySpanId.get(span.parentSpanId);
    owners.set(span, parent && parent.operation === whole ? parent : span);
  }
  return owners;
}

/**
 * The nearest unit at or above a span. It has no recursion because a trace may be a chain of 10,000
 * spans or a circle.
 */
function nearestUnit(
  { bySpanId }: Uncut,
  owners: ReadonlyMap<JourneySpan, JourneySpan>,
  links: ReadonlyMap<JourneySpan, unknown>,
): (span: JourneySpan) => JourneySpan | undefined {
  const known = new Map<JourneySpan, JourneySpan | undefined>();
  return (span) => {
    const way: JourneySpan[] = [];
    let at: JourneySpan | undefined = span;
    let found: JourneySpan | undefined;
    while (at !== undefined) {
      if (known.has(at)) {
        found = known.get(at);
        break;
      }
      known.set(at, undefined);
      way.push(at);
      found = owners.get(at) ?? (links.has(at) ? at : undefined);
      if (found) break;
      at = at.parentSpanId === null ? undefined : bySpanId.get(at.parentSpanId);
    }
    for (const passed of way) known.set(passed, found);
    return found;
  };
}

/** The parentless span, or the earliest one if there is none. */
export function rootOf(spans: readonly JourneySpan[]): JourneySpan | undefined {
  return spans.reduce<JourneySpan | undefined>((best, span) => {
    if (best === undefined) return span;
    const isRoot = span.parentSpanId === null;
    if (isRoot !== (best.parentSpanId === null)) return isRoot ? span : best;
    return span.startNs < best.startNs ? span : best;
  }, undefined);
}

function earliestStart(spans: readonly JourneySpan[]): bigint {
  return spans.reduce((least, { startNs }) => (startNs < least ? startNs : least), spans[0]?.startNs ?? 0n);
}

function latestEnd(spans: readonly JourneySpan[]): bigint {
  return spans.reduce((latest, { endNs }) => (endNs > latest ? endNs : latest), spans[0]?.endNs ?? 0n);
}

export function append<Key, Value>(map: Map<Key, Value[]>, key: Key, ...values: readonly Value[]): void {
  const known = map.get(key);
  if (known) known.push(...values);
  else map.set(key, [...values]);
}
