import { isDeepStrictEqual } from 'node:util';
import { spanLinkMatchers, type ExpectedLink, type LinkTargetLike } from '@span-links/tracing/testing';
import type { CheckedSpan } from './checked-span.ts';

/** The answer of one of the library's test matchers: `undefined` if it passes, otherwise its failure. */
export type MatcherFailure = string | undefined;

// Also in the matchers' own tests, `equals` comes from the test framework. There is none here.
const matcherContext = { equals: (a: unknown, b: unknown) => isDeepStrictEqual(a, b) };

interface Verdict {
  readonly pass: boolean;
  readonly message: () => string;
}

const failureOf = ({ pass, message }: Verdict): MatcherFailure => (pass ? undefined : message());

/** The test matchers of `@span-links/tracing/testing`, asked outside of a test. */
export const matching = {
  linkTo: (span: Spans, target: LinkTargetLike, expected?: ExpectedLink) =>
    failureOf(spanLinkMatchers.toLinkTo.call(matcherContext, span, target, expected)),
  linkToAll: (spans: Spans, targets: Iterable<LinkTargetLike>, expected?: ExpectedLink) =>
    failureOf(spanLinkMatchers.toLinkToAll.call(matcherContext, spans, targets, expected)),
  linkToExactly: (spans: Spans, targets: Iterable<LinkTargetLike>, expected?: ExpectedLink) =>
    failureOf(spanLinkMatchers.toLinkToExactly.call(matcherContext, spans, targets, expected)),
  noDroppedLinks: (spans: Spans) => failureOf(spanLinkMatchers.toHaveNoDroppedLinks(spans)),
  rootSpan: (span: CheckedSpan) => failureOf(spanLinkMatchers.toBeRootSpan(span)),
  inTraceOf: (spans: Spans, other: LinkTargetLike) => failureOf(spanLinkMatchers.toBeInTraceOf(spans, other)),
  childOf: (span: CheckedSpan, parent: LinkTargetLike) =>
    failureOf(spanLinkMatchers.toBeChildOf(span, parent)),
};

type Spans = CheckedSpan | readonly CheckedSpan[];
