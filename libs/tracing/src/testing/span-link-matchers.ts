import {
  borneLinks,
  compareLinks,
  isAsExpected,
  type Equals,
  type ExpectedLink,
  type LinkComparison,
} from './link-comparison.ts';
import { differences, droppedNote, labelOf, linkList, subject, wanted } from './failure-message.ts';
import { linkTargetOf, type LinkTarget, type LinkTargetLike } from './link-target.ts';
import { receivedSpan, receivedSpans } from './received-spans.ts';
import type { RecordedSpan } from './recorded-span.ts';
import { spanKey } from './span-ids.ts';
import { plural } from './wording.ts';

/** The common part of the matcher contexts of Vitest and Jest. */
interface MatcherContext {
  readonly equals: Equals;
}

interface Verdict {
  readonly pass: boolean;
  /** The failure message; of `.not` if the matcher passes. */
  readonly message: () => string;
}

function verdict(pass: boolean, failure: () => string, failureOfNot: () => string): Verdict {
  return { pass, message: pass ? failureOfNot : failure };
}

function toLinkTo(
  this: MatcherContext,
  received: unknown,
  target: LinkTargetLike,
  expected: ExpectedLink = {},
): Verdict {
  const spans = receivedSpans(received);
  const linkTarget = linkTargetOf(target);
  const label = labelOf(linkTarget, spans);
  const links = borneLinks(spans);
  const toTarget = links.filter(({ link }) => spanKey(link) === spanKey(linkTarget));
  const pass = toTarget.some(({ link }) => isAsExpected(link, expected, this.equals));
  return verdict(
    pass,
    () => {
      const message = `Expected ${subject(spans)} to link to ${label}${wanted(expected)}.`;
      if (toTarget.length > 0) return `${message}\n${linkList('It does link to it, with:', toTarget)}`;
      if (links.length === 0) return `${message}\nIt has no links.\n${droppedNote(spans)}`.trimEnd();
      const has = linkList(`It has ${plural(links.length, 'link')}:`, links, [linkTarget]);
      return `${message}\n${has}\n${droppedNote(spans)}`.trimEnd();
    },
    () => `Expected ${subject(spans)} not to link to ${label}${wanted(expected)}, but it does.`,
  );
}

function toLinkToAll(
  this: MatcherContext,
  received: unknown,
  targets: Iterable<LinkTargetLike>,
  expected: ExpectedLink = {},
): Verdict {
  return comparison(this.equals, received, targets, expected, {
    isMet: ({ missing, repeated }) => missing.length === 0 && repeated.length === 0,
    text: 'link to each of',
  });
}

function toLinkToExactly(
  this: MatcherContext,
  received: unknown,
  targets: Iterable<LinkTargetLike>,
  expected: ExpectedLink = {},
): Verdict {
  return comparison(this.equals, received, targets, expected, {
    isMet: ({ missing, repeated, extra }) => missing.length + repeated.length + extra.length === 0,
    text: 'link to nothing but each of',
  });
}

function comparison(
  equals: Equals,
  received: unknown,
  targetsLike: Iterable<LinkTargetLike>,
  expected: ExpectedLink,
  demand: { isMet: (compared: LinkComparison) => boolean; text: string },
): Verdict {
  const spans = receivedSpans(received);
  const targets = linkTargetsOf(targetsLike);
  const links = borneLinks(spans).filter(({ link }) => isAsExpected(link, expected, equals));
  const compared = compareLinks(links, targets);
  const asked = `${demand.text} ${plural(targets.length, 'target')} once${wanted(expected)}`;
  return verdict(
    demand.isMet(compared),
    () => `Expected ${subject(spans)} to ${asked}.\n${differences(spans, compared)}`,
    () => `Expected ${subject(spans)} not to ${asked}, but it does.`,
  );
}

function linkTargetsOf(targetsLike: Iterable<LinkTargetLike>): readonly LinkTarget[] {
  if (typeof targetsLike === 'string' || !(Symbol.iterator in Object(targetsLike))) {
    throw new TypeError('Expected a list of targets. For a single one there is toLinkTo.');
  }
  const targets = [...targetsLike].map((target, position) => {
    try {
      return linkTargetOf(target);
    } catch (error) {
      throw new TypeError(`Target ${position} of the list: ${(error as Error).message}`, { cause: error });
    }
  });
  if (targets.length === 0) {
    throw new TypeError(
      'Expected targets, got an empty list, which any span would meet. See toHaveLinks(0).',
    );
  }
  return targets;
}

function toHaveLinks(received: unknown, count: number): Verdict {
  const spans = receivedSpans(received);
  const links = borneLinks(spans);
  return verdict(
    links.length === count,
    () => {
      const message = `Expected ${subject(spans)} to have ${plural(count, 'link')}, found ${links.length}`;
      const list = links.length === 0 ? `${message}.` : linkList(`${message}:`, links);
      return `${list}\n${droppedNote(spans)}`.trimEnd();
    },
    () => `Expected ${subject(spans)} not to have ${plural(count, 'link')}.`,
  );
}

function toHaveNoDroppedLinks(received: unknown): Verdict {
  const spans = receivedSpans(received);
  return verdict(
    spans.every((span) => span.droppedLinks === 0),
    () => `Expected ${subject(spans)} to have all of its links.\n${droppedNote(spans)}`,
    () => `Expected ${subject(spans)} to have dropped links, but none was dropped.`,
  );
}

function toBeRootSpan(received: unknown): Verdict {
  const span = receivedSpan(received);
  return verdict(
    span.parentSpanId === undefined,
    () => `Expected ${span.name} to be the root of its trace, but it is a child of ${parentOf(span)}.`,
    () => `Expected ${span.name} not to be the root of its trace.`,
  );
}

function toBeChildOf(received: unknown, parent: LinkTargetLike): Verdict {
  const span = receivedSpan(received);
  const target = linkTargetOf(parent);
  const label = labelOf(target, [span]);
  return verdict(
    span.traceId === target.traceId && span.parentSpanId === target.spanId,
    () => `Expected ${span.name} to be a child of ${label}, but it is ${placeOf(span)}.`,
    () => `Expected ${span.name} not to be a child of ${label}.`,
  );
}

function toBeInTraceOf(received: unknown, other: LinkTargetLike): Verdict {
  const spans = receivedSpans(received);
  const target = linkTargetOf(other);
  const label = labelOf(target, spans);
  const astray = spans.filter((span) => span.traceId !== target.traceId);
  return verdict(
    astray.length === 0,
    () => `Expected ${subject(spans)} to be in the trace of ${label}. Elsewhere: ${subject(astray)}.`,
    () => `Expected ${subject(spans)} not to be in the trace of ${label}.`,
  );
}

function placeOf(span: RecordedSpan): string {
  return span.parentSpanId === undefined ? 'the root of its trace' : `a child of ${parentOf(span)}`;
}

function parentOf(span: RecordedSpan): string {
  return labelOf({ traceId: span.traceId, spanId: span.parentSpanId ?? '' }, [span]);
}

/** Matchers for Vitest's and Jest's `expect`: `expect.extend(spanLinkMatchers)`. */
export const spanLinkMatchers = {
  toLinkTo,
  toLinkToAll,
  toLinkToExactly,
  toHaveLinks,
  toHaveNoDroppedLinks,
  toBeRootSpan,
  toBeChildOf,
  toBeInTraceOf,
};

/**
 * The matchers that {@link spanLinkMatchers} add to `expect`. The received value is a recorded span or one of the
 * SDK's; "spans" also means a list of them, e.g. all parts of a split batch. A value that names no span fails the test,
 * with `.not` as well.
 */
export interface SpanLinkMatchers<R = void> {
  /** Spans: one of their links leads to the target. */
  toLinkTo(target: LinkTargetLike, expected?: ExpectedLink): R;
  /**
   * Spans: each target is linked from exactly one of them, once. Equal targets count as one. Links that lead elsewhere
   * are allowed. With `expected`, only links that meet it count.
   */
  toLinkToAll(targets: Iterable<LinkTargetLike>, expected?: ExpectedLink): R;
  /** Like {@link toLinkToAll}, and no link leads elsewhere. */
  toLinkToExactly(targets: Iterable<LinkTargetLike>, expected?: ExpectedLink): R;
  /** Spans: the number of their links together. */
  toHaveLinks(count: number): R;
  /** Spans: the SDK kept every link. */
  toHaveNoDroppedLinks(): R;
  /** A span: it has no parent, in this process or another. */
  toBeRootSpan(): R;
  /** A span: the target is its parent. */
  toBeChildOf(parent: LinkTargetLike): R;
  /** Spans: all are in the trace of the target. */
  toBeInTraceOf(other: LinkTargetLike): R;
}
