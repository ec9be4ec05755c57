import { SpanKind, type Attributes, type Tracer } from '@opentelemetry/api';
import { startFanIn, type FanIn, type FanInOptions } from './fan-in.ts';
import type { BranchOutcome } from './fan-out.ts';

/** Span attribute of a join: branches that failed or never started. */
export const ATTR_JOIN_FAILED = 'join.failed';

/**
 * Starts the span that gathers the branches of a fan-out: the root of a trace of its own, with a link to every branch
 * that ran, failed ones included. Their relation is `origin`, for the join works on what the branches brought forth; it
 * is not `part_of` any of them. More branches than the link limit split it, as in {@link startFanIn}.
 *
 * Its links are the branches' spans, so it cannot start before they do; pass a `startTime` to have it cover them.
 *
 * @param options as for a fan-in; the kind is INTERNAL by default.
 * @returns `undefined` where there were no branches.
 */
export function startJoin(
  tracer: Tracer,
  name: string,
  outcomes: readonly BranchOutcome<unknown>[],
  options: FanInOptions = {},
): FanIn | undefined {
  const failed = outcomes.filter((outcome) => outcome.status === 'rejected').length;
  const attributes: Attributes = { ...options.attributes, [ATTR_JOIN_FAILED]: failed };
  const sources = outcomes.map(({ spanContext }) => ({ spanContext }));
  return startFanIn(tracer, name, sources, { kind: SpanKind.INTERNAL, ...options, attributes });
}
