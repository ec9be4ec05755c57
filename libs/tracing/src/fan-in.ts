import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { marksOfAttempt, type Attempt } from './attempt.ts';
import {
  ATTR_BATCH_SIZE,
  ATTR_LINKS_KEPT,
  ATTR_LINKS_MISSING,
  ATTR_LINKS_MISSING_REASON,
} from './attributes.ts';
import { markFailed } from './in-span.ts';
import { startLinkParts } from './link-parts.ts';
import { ATTR_MESSAGE_COUNT } from './messaging-attributes.ts';
import { collectLinks, type LinkSet, type LinkSource } from './links.ts';
import { recordLinks, recordSourceAges } from './metrics.ts';

const UNKNOWN_SOURCE: LinkSource = { carrier: undefined };

/** Options of a fan-in span. */
export interface FanInOptions {
  readonly attributes?: Attributes | undefined;
  /** CONSUMER by default, as the messaging conventions have it for `process`. */
  readonly kind?: SpanKind | undefined;
  /** When the work was fetched; now by default. A query must start before the span that links to its results. */
  readonly startTime?: TimeInput | undefined;
  /**
   * Links per span; 128 by default and for anything except a number of at least 1. A smaller limit of the SDK takes
   * precedence, so no setting drops a link.
   */
  readonly linkLimit?: number | undefined;
  /** The attempt that the span makes: its number, and a link to each span that tried before. */
  readonly attempt?: Attempt | undefined;
  /**
   * Links in addition to those of the sources. They come first, count against the limit, and split the span like any
   * other; `spanlinks.links.kept` does not count them.
   */
  readonly extraLinks?: readonly Link[] | undefined;
}

/** A running batch: one span if the links fit on one, otherwise a root span and its continuations. */
export interface FanIn {
  /** The root span; it has the totals and the first links. */
  readonly span: Span;
  /** The context of the root span, for work that belongs to the whole batch. */
  readonly context: Context;
  /** All spans that have links: the root and, above the limit, its continuations. */
  readonly parts: readonly Span[];
  readonly links: LinkSet;
  /** The context in which to handle the source at this position. Its span is the part with the link of the source. */
  contextOf(position: number): Context;
  /** The part with the link of the source at this position; the root span for a source without a link. */
  spanOf(position: number): Span;
  /** Marks all parts as failed. Does not end the batch. */
  fail(error: unknown): void;
  end(endTime?: TimeInput): void;
}

/**
 * Starts the span of a batch: the root of its own trace inside any context, with a link to each distinct source **at
 * its start**, because a head sampler sees only the links at the start.
 *
 * More links than the limit do not fit on one span without loss. The root then takes the first, and child spans named
 * `<name> part k/n`, started at the same moment, take the rest. So every source is linked from exactly one span.
 *
 * A repeated attempt links to its origins and to all earlier attempts. With a link to the last attempt only, the origin
 * would be one click away per attempt, and unreachable once one of them was not sampled.
 *
 * @returns `undefined` for an empty batch: an empty poll makes no span. An attempt always has one.
 */
export function startFanIn(
  tracer: Tracer,
  name: string,
  sources: readonly LinkSource[],
  options: FanInOptions = {},
): FanIn | undefined {
  return startFanInBelow(ROOT_CONTEXT, tracer, name, sources, options);
}

/** Like {@link startFanIn}, with a context without a span whose values the contexts of the batch inherit. */
export function startFanInBelow(
  base: Context,
  tracer: Tracer,
  name: string,
  given: readonly LinkSource[],
  options: FanInOptions,
): FanIn | undefined {
  if (given.length === 0 && options.attempt === undefined) return undefined;
  // An attempt has a span even if its sources are unknown.
  const sources = given.length > 0 ? given : [UNKNOWN_SOURCE];
  const { kind = SpanKind.CONSUMER, attempt } = options;
  const links = collectLinks(sources);
  const marks = attempt && marksOfAttempt(attempt);
  const extraLinks = [...(marks?.links ?? []), ...(options.extraLinks ?? [])].filter((link) =>
    isSpanContextValid(link.context),
  );
  const { span, context, parts, contexts, kept, partOf } = startLinkParts(
    tracer,
    name,
    extraLinks.length === 0 ? links.links : [...extraLinks, ...links.links],
    {
      kind,
      startTime: options.startTime ?? Date.now(),
      parent: base,
      root: true,
      linkLimit: options.linkLimit,
      attributes: marks
        ? { ...marks.attributes, ...options.attributes, ...marks.attributes }
        : options.attributes,
      own: totals(sources.length, links, kind),
    },
  );
  if (kept === 0 && links.links.length > 0) span.setAttribute(ATTR_LINKS_KEPT, 0);
  recordLinks('origin', links);
  recordSourceAges(sources);
  const partAt = (position: number) => {
    const link = links.linkOfSource[position] ?? -1;
    return link < 0 ? 0 : partOf(extraLinks.length + link);
  };
  return {
    span,
    context,
    parts,
    links,
    contextOf: (position) => contexts[partAt(position)] ?? context,
    spanOf: (position) => parts[partAt(position)] ?? span,
    fail: (error) => parts.forEach((part) => markFailed(part, error)),
    // Ends the root last, because backends often treat a trace as complete once its root has arrived.
    end: (endTime = endOfMillisecond()) => [...parts].reverse().forEach((part) => part.end(endTime)),
  };
}

function totals(size: number, links: LinkSet, kind: SpanKind): Attributes {
  const attributes: Attributes = {
    [ATTR_BATCH_SIZE]: size,
    [ATTR_LINKS_KEPT]: links.links.length,
    [ATTR_LINKS_MISSING]: links.missingCount,
  };
  // A fan-in of another kind gathers no messages; a join gathers branches, for example.
  if (kind === SpanKind.CONSUMER) attributes[ATTR_MESSAGE_COUNT] = size;
  for (const [reason, count] of Object.entries(links.missing)) {
    attributes[`${ATTR_LINKS_MISSING_REASON}.${reason}`] = count;
  }
  return attributes;
}

// The SDK stamps starts in whole milliseconds and adds a measured fraction to ends, so a batch that ends at the whole
// millisecond would seem to end before its last item. The next whole millisecond is after every item, by less than 1
// ms.
function endOfMillisecond(): number {
  return Date.now() + 1;
}
