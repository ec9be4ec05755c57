import { SpanKind, type Attributes, type Tracer } from '@opentelemetry/api';
import { ATTR_JOIN_FAILED } from './attributes.ts';
import { startFanIn, type FanIn, type FanInOptions } from './fan-in.ts';
import type { BranchOutcome } from './fan-out.ts';

/**
 * Starts the span that gathers the branches of a fan-out: the root of its own trace, with a link to every branch that
 * ran, including failed ones. Their relation is `origin`, because the join works on the results of the branches; it is
 * not `part_of` any of them. More branches than the link limit split it, as in {@link startFanIn}.
 *
 * It links to the spans of the branches, so it cannot start before they do; pass a `startTime` to make it cover them.
 *
 * @param options as for a fan-in; the kind is INTERNAL by default.
 * @returns `undefined` without branches.
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
