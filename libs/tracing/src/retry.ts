import type { Attributes, Link, Tracer } from '@opentelemetry/api';
import { startFanIn, type FanIn, type FanInOptions } from './fan-in.ts';
import { collectLinks, type LinkSource } from './links.ts';
import { recordLinks } from './metrics.ts';

/** On a span: which attempt it is. On a link: which attempt its target was. Counted from 1. */
export const ATTR_ATTEMPT = 'spanlinks.attempt';
/** Span attribute: previous attempts that the span should link to and cannot, for their carriers name no span. */
export const ATTR_PREVIOUS_ATTEMPTS_MISSING = 'spanlinks.previous_attempts.missing';

/** The attempt before, from what was stored when it was made. */
export interface PreviousAttempt {
  /** The carrier of the span that did its work. */
  readonly carrier: unknown;
  /** Which attempt it was, from 1. */
  readonly number: number;
}

/** Which attempt a span makes. */
export interface Attempt {
  /** From 1. Of a batch of items with different histories: the highest. */
  readonly number: number;
  /** One per item that was tried before; items of one earlier batch share a link. */
  readonly previous?: readonly PreviousAttempt[];
}

/** What the span of an attempt bears beside its links to the origins. */
export interface AttemptMarks {
  /** One per distinct span that tried before, the highest attempt first; relation `previous_attempt`. */
  readonly links: Link[];
  readonly attributes: Attributes;
}

/**
 * The links and attributes of an attempt, for a span that is made elsewhere. Both belong to the start of the span that
 * does the work: on a span around it they would name an attempt that did nothing. They are counted here
 * (`spanlinks.links`), so ask once for each attempt.
 */
export function marksOfAttempt({ number, previous = [] }: Attempt): AttemptMarks {
  // The first of several items with one target names the link; a batch span may have held first and later attempts.
  const latestFirst = [...previous].sort((a, b) => b.number - a.number);
  const collected = collectLinks(latestFirst.map(sourceOf), 'previous_attempt');
  const { links, missingCount } = collected;
  recordLinks('previous_attempt', collected);
  const attributes: Attributes = { [ATTR_ATTEMPT]: number };
  if (missingCount > 0) attributes[ATTR_PREVIOUS_ATTEMPTS_MISSING] = missingCount;
  return { links: [...links], attributes };
}

/**
 * Starts the span that does the work of an attempt: a fan-in over the origins, with a link to each span that tried
 * before. Linking to the previous attempt alone would leave the origin as many clicks away as there were attempts, and
 * out of reach once one of them was not sampled.
 *
 * @param origins what the work is about. Nothing known about it counts as one item whose origin is missing: the
 *   attempt is made, so it has a span.
 */
export function startAttempt(
  tracer: Tracer,
  name: string,
  origins: readonly LinkSource[],
  attempt: Attempt,
  options: FanInOptions = {},
): FanIn {
  const marks = marksOfAttempt(attempt);
  const sources = origins.length > 0 ? origins : [{ carrier: undefined }];
  const fanIn = startFanIn(tracer, name, sources, {
    ...options,
    attributes: { ...options.attributes, ...marks.attributes },
    extraLinks: [...marks.links, ...(options.extraLinks ?? [])],
  });
  // Only an empty batch has no span, and this one is not.
  return fanIn as FanIn;
}

function sourceOf({ carrier, number }: PreviousAttempt): LinkSource {
  return { carrier, attributes: { [ATTR_ATTEMPT]: number } };
}
