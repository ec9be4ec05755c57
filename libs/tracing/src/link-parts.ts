import {
  SpanKind,
  trace,
  type Attributes,
  type Context,
  type Link,
  type Span,
  type TimeInput,
  type Tracer,
} from '@opentelemetry/api';
import { ATTR_LINKS_DROPPED, ATTR_PART, ATTR_PARTS } from './attributes.ts';
import { withLinkSources } from './fan-in-sources.ts';

/**
 * Links per span by default: the limit of the SDK since 2.6.1 (which silently drops the oldest beyond it), and the
 * maximum of several backends. So a higher limit in the SDK alone is not enough.
 */
export const DEFAULT_LINK_LIMIT = 128;

/** Options of a span with any number of links. */
export interface LinkPartsOptions {
  readonly kind: SpanKind;
  readonly startTime: TimeInput;
  /** The context to start in. */
  readonly parent: Context;
  /** Whether the span is the root of a trace. */
  readonly root: boolean;
  readonly linkLimit: number | undefined;
  /** On every part. */
  readonly attributes: Attributes | undefined;
  /** Only on the first part. They come before the others, which could otherwise use up the SDK's attribute limit. */
  readonly own: Attributes;
}

/** A span and the continuations that share its links. */
export interface LinkParts {
  readonly span: Span;
  readonly context: Context;
  /** The span and its continuations. */
  readonly parts: readonly Span[];
  readonly contexts: readonly Context[];
  /** Links that the parts really have. Fewer than given if the SDK keeps no links at all. */
  readonly kept: number;
  /** The number of the part that has the link with this index. */
  readonly partOf: (link: number) => number;
}

/**
 * Starts a span with all of its links at its start, because a head sampler sees only the links at the start.
 *
 * More links than the limit do not fit on one span without loss. The span then takes the first, and children named
 * `<name> part k/n`, started at the same moment, take the rest. The limit is the smaller one of the option and the SDK.
 */
export function startLinkParts(
  tracer: Tracer,
  name: string,
  links: readonly Link[],
  options: LinkPartsOptions,
): LinkParts {
  const given = validLimit(options.linkLimit);
  const hint = limitHintOf(tracer);
  // An SDK that keeps no links at all needs no continuations.
  let limit = hint === 0 ? Infinity : Math.min(given, hint);
  const span = startFirst(tracer, name, links, limit, options);
  const first = Math.min(limit, links.length);
  const held = heldBy(span) ?? first;
  const displaced = first - Math.min(first, held);
  if (displaced > 0) limit = first - displaced;
  // Too many links displace the oldest ones. These go to a continuation with the rest.
  const rest =
    displaced > 0 && limit > 0 ? [...links.slice(0, displaced), ...links.slice(first)] : links.slice(first);
  const partCount = limit === 0 ? 1 : 1 + Math.ceil(rest.length / limit);
  if (displaced > 0) {
    if (limit === 0) span.setAttribute(ATTR_LINKS_DROPPED, links.length);
    if (partCount > 1 || links.length > first)
      span.setAttributes({ [ATTR_PARTS]: partCount, [ATTR_PART]: 1 });
  }
  const root = trace.setSpan(options.parent, span);
  const parts = [span];
  const contexts = [root];
  for (let part = 1; part < partCount; part++) {
    const continuation = tracer.startSpan(
      `${name} part ${part + 1}/${partCount}`,
      {
        kind: SpanKind.INTERNAL,
        startTime: options.startTime,
        links: rest.slice((part - 1) * limit, part * limit),
        attributes: { [ATTR_PART]: part + 1, [ATTR_PARTS]: partCount, ...options.attributes },
      },
      root,
    );
    parts.push(continuation);
    contexts.push(trace.setSpan(root, continuation));
  }
  const partOf = (link: number) => {
    if (limit === 0 || (link >= displaced && link < first)) return 0;
    return 1 + Math.floor((link < displaced ? link : link - limit) / limit);
  };
  return { span, context: root, parts, contexts, kept: limit === 0 ? 0 : links.length, partOf };
}

function startFirst(
  tracer: Tracer,
  name: string,
  links: readonly Link[],
  limit: number,
  { kind, startTime, parent, root, attributes, own }: LinkPartsOptions,
): Span {
  const partCount = Math.max(1, Math.ceil(links.length / limit));
  const parts = partCount > 1 ? { [ATTR_PARTS]: partCount, [ATTR_PART]: 1 } : undefined;
  return tracer.startSpan(
    name,
    {
      kind,
      startTime,
      root,
      links: links.length <= limit ? [...links] : links.slice(0, limit),
      attributes: { ...own, ...parts, ...attributes, ...own, ...parts },
    },
    // The first part decides for the others, so its sampler must see their links too.
    partCount > 1 ? withLinkSources(parent, links) : parent,
  );
}

/** Nobody means a limit that is not a number of at least 1: an unset variable is NaN, and would drop every link. */
function validLimit(limit: number | undefined): number {
  return limit !== undefined && limit >= 1 ? Math.floor(limit) : DEFAULT_LINK_LIMIT;
}

/**
 * The SDK's own limit, if its tracer shows it. This is only a hint: it keeps the SDK from counting links as dropped
 * that a continuation takes. {@link heldBy} measures how many links a span holds.
 */
function limitHintOf(tracer: Tracer): number {
  try {
    const proxied = tracer as { _getTracer?: () => Tracer };
    const actual = (typeof proxied._getTracer === 'function' ? proxied._getTracer() : tracer) as {
      getSpanLimits?: () => { linkCountLimit?: number };
      _spanLimits?: { linkCountLimit?: number };
    };
    const limit = (actual.getSpanLimits?.() ?? actual._spanLimits)?.linkCountLimit;
    return typeof limit === 'number' && limit >= 0 ? limit : Infinity;
  } catch {
    return Infinity;
  }
}

/** The number of links that a span holds, if it shows them as spans of the SDK do. */
function heldBy(span: Span): number | undefined {
  const { links } = span as { links?: unknown };
  return Array.isArray(links) ? links.length : undefined;
}
