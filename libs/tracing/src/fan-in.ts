import {
  isSpanContextValid,
  ROOT_CONTEXT,
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { withLinkSources } from './fan-in-sources.ts';
import { markFailed } from './in-span.ts';
import { collectLinks, type LinkSet, type LinkSource } from './links.ts';
import { recordLinks, recordSourceAges } from './metrics.ts';

/** Span attribute: items in the batch. */
export const ATTR_BATCH_SIZE = 'batch.size';
/** Span attribute: distinct targets of the items that the batch links to, over all of its parts. */
export const ATTR_BATCH_LINKS_KEPT = 'batch.links.kept';
/** Span attribute: items without a link. Followed by one attribute per reason, `batch.links.missing_reason.<reason>`. */
export const ATTR_BATCH_LINKS_MISSING = 'batch.links.missing';
/** Prefix of the span attributes that count the items without a link per reason. */
export const ATTR_BATCH_LINKS_MISSING_REASON = 'batch.links.missing_reason';
/** Span attribute: how many spans share the links, where it is more than one. */
export const ATTR_BATCH_PARTS = 'batch.parts';
/** Span attribute of a part: its place, from 1 (the root) to `batch.parts`. */
export const ATTR_BATCH_PART = 'batch.part';
const ATTR_MESSAGE_COUNT = 'messaging.batch.message_count';

/**
 * Links per span by default: what the SDK keeps since 2.6.1 (it silently drops the oldest beyond), and the cap of
 * several backends. Raising the SDK's limit alone is therefore not portable.
 */
export const DEFAULT_LINK_LIMIT = 128;

/** How a fan-in span is made. */
export interface FanInOptions {
  readonly attributes?: Attributes;
  /** CONSUMER by default, as the messaging conventions have it for `process`. */
  readonly kind?: SpanKind;
  /** When the work was fetched: a query has to come before the span that links to what it found. Now by default. */
  readonly startTime?: TimeInput;
  /** Links per span, at least 1; {@link DEFAULT_LINK_LIMIT} by default. Must not be above the SDK's own limit. */
  readonly linkLimit?: number;
  /**
   * Links beside those to the sources, e.g. to the attempts before. They come first, so that the root bears them, count
   * against the limit, and split the span like any other; `batch.links.kept` does not count them.
   */
  readonly extraLinks?: readonly Link[];
}

/** A running batch: one span where the links fit on one, else a root span and its continuations. */
export interface FanIn {
  /** The root span; it bears the totals and the first links. */
  readonly span: Span;
  /** The root span in a context of its own, to run work in that belongs to the batch as a whole. */
  readonly context: Context;
  /** All spans that bear links: the root and, above the limit, its continuations. */
  readonly parts: readonly Span[];
  readonly links: LinkSet;
  /** The context in which to handle the source at this position: that of the part which bears its link. */
  contextOf(position: number): Context;
  /** Marks all parts as failed. The batch still has to be ended. */
  fail(error: unknown): void;
  end(endTime?: TimeInput): void;
}

/**
 * Starts the span of a batch: the root of a trace of its own whatever is active, with a link to each distinct source
 * **at its start**, for a head sampler sees only what is there then.
 *
 * More links than the limit do not fit on one span without loss. The root then takes the first, and child spans named
 * `<name> part k/n`, started at the same moment, take the rest: every source is linked from exactly one span.
 *
 * @returns `undefined` for an empty batch: an empty poll makes no span.
 */
export function startFanIn(
  tracer: Tracer,
  name: string,
  sources: readonly LinkSource[],
  options: FanInOptions = {},
): FanIn | undefined {
  if (sources.length === 0) return undefined;
  const linkLimit = Math.max(1, Math.floor(options.linkLimit ?? DEFAULT_LINK_LIMIT));
  const links = collectLinks(sources);
  const extraLinks = (options.extraLinks ?? []).filter((link) => isSpanContextValid(link.context));
  const allLinks = [...extraLinks, ...links.links];
  const partCount = Math.max(1, Math.ceil(allLinks.length / linkLimit));
  const startTime = options.startTime ?? Date.now();
  const shared = { kind: options.kind ?? SpanKind.CONSUMER, startTime };
  const share = (part: number) => allLinks.slice(part * linkLimit, (part + 1) * linkLimit);
  const span = tracer.startSpan(
    name,
    {
      ...shared,
      root: true,
      links: share(0),
      attributes: { ...options.attributes, ...totals(sources.length, links, partCount, shared.kind) },
    },
    // The root decides for its parts, so its sampler has to see their links too.
    partCount > 1 ? withLinkSources(ROOT_CONTEXT, allLinks) : ROOT_CONTEXT,
  );
  const root = trace.setSpan(ROOT_CONTEXT, span);
  const parts = [span];
  const contexts = [root];
  for (let part = 1; part < partCount; part++) {
    const attributes = { ...options.attributes, [ATTR_BATCH_PART]: part + 1, [ATTR_BATCH_PARTS]: partCount };
    const partName = `${name} part ${part + 1}/${partCount}`;
    const continuation = tracer.startSpan(
      partName,
      { ...shared, kind: SpanKind.INTERNAL, links: share(part), attributes },
      root,
    );
    parts.push(continuation);
    contexts.push(trace.setSpan(root, continuation));
  }
  recordLinks('origin', links);
  recordSourceAges(sources);
  return {
    span,
    context: root,
    parts,
    links,
    contextOf: (position) => {
      const link = links.linkOfSource[position] ?? -1;
      return contexts[link < 0 ? 0 : Math.floor((extraLinks.length + link) / linkLimit)] ?? root;
    },
    fail: (error) => parts.forEach((part) => markFailed(part, error)),
    // The root last: a trace is often taken for complete once its root is there.
    end: (endTime = endOfMillisecond()) => [...parts].reverse().forEach((part) => part.end(endTime)),
  };
}

function totals(size: number, links: LinkSet, partCount: number, kind: SpanKind): Attributes {
  const attributes: Attributes = {
    [ATTR_BATCH_SIZE]: size,
    [ATTR_BATCH_LINKS_KEPT]: links.links.length,
    [ATTR_BATCH_LINKS_MISSING]: links.missingCount,
  };
  // What a fan-in of another kind gathers, e.g. the branches of a join, are not messages.
  if (kind === SpanKind.CONSUMER) attributes[ATTR_MESSAGE_COUNT] = size;
  for (const [reason, count] of Object.entries(links.missing)) {
    attributes[`${ATTR_BATCH_LINKS_MISSING_REASON}.${reason}`] = count;
  }
  if (partCount > 1) {
    attributes[ATTR_BATCH_PARTS] = partCount;
    attributes[ATTR_BATCH_PART] = 1;
  }
  return attributes;
}

// The SDK stamps starts in whole milliseconds and adds a measured fraction to ends: a batch that ended at the whole
// millisecond would seem to end before its last item did. The next whole one is after every item, by less than 1 ms.
function endOfMillisecond(): number {
  return Date.now() + 1;
}
