import type { Attributes, Link } from '@opentelemetry/api';
import { ATTR_ATTEMPT, ATTR_ATTEMPT_OUTCOME, ATTR_PREVIOUS_ATTEMPTS_MISSING } from './attributes.ts';
import { collectLinks, type LinkSource } from './links.ts';
import { recordLinks } from './metrics.ts';

/** An earlier attempt, as it was stored at the time. */
export interface PreviousAttempt {
  /** The carrier of the span that did its work. */
  readonly carrier: unknown;
  /** Its number, from 1. */
  readonly number: number;
  /**
   * How it ended, if that is known. `unfinished` means that it started and reported nothing more: its process was
   * killed and its span was never sent. A viewer then does not need to wait for that span.
   */
  readonly outcome?: AttemptOutcome | undefined;
}

/** How an attempt ended; `unfinished` if nothing says so. */
export type AttemptOutcome = 'failed' | 'unfinished';

/** The number of an attempt and the attempts before it. */
export interface Attempt {
  /** From 1. For a batch of items with different histories, the highest. */
  readonly number: number;
  /** One per item that was tried before. Items of one earlier batch share a link. */
  readonly previous?: readonly PreviousAttempt[];
}

/** The links and attributes that a span gets because it is an attempt. */
export interface AttemptMarks {
  /** One per distinct earlier span, the highest attempt first. The relation is `previous_attempt`. */
  readonly links: Link[];
  readonly attributes: Attributes;
}

/**
 * Builds the links and attributes of an attempt. Set both at the start of the span that does the work: on a span around
 * it they would name an attempt that did nothing. Counts them in the metric `spanlinks.links`, so call it once per
 * attempt.
 */
export function marksOfAttempt({ number, previous = [] }: Attempt): AttemptMarks {
  // The first of several items with one target names the link, because a batch may contain first and later attempts.
  const latestFirst = [...previous].sort((a, b) => b.number - a.number);
  const collected = collectLinks(latestFirst.map(sourceOf), 'previous_attempt', 'target');
  const { links, missingCount } = collected;
  recordLinks('previous_attempt', collected);
  const attributes: Attributes = { [ATTR_ATTEMPT]: number };
  if (missingCount > 0) attributes[ATTR_PREVIOUS_ATTEMPTS_MISSING] = missingCount;
  return { links: [...links], attributes };
}

function sourceOf({ carrier, number, outcome }: PreviousAttempt): LinkSource {
  const attributes: Attributes = { [ATTR_ATTEMPT]: number };
  if (outcome !== undefined) attributes[ATTR_ATTEMPT_OUTCOME] = outcome;
  return { carrier, attributes };
}
