import type { ItemName } from './item-name.ts';
import type { JourneyGraph } from './journey-graph.ts';
import type { Members, Step } from './journey-members.ts';
import { operationKey, type JourneySpan } from './journey-span.ts';
import { append } from './trace-units.ts';

/** The errors of each step, and the steps that were retried. */
export interface Failures {
  /** The first span with an error of each failed step. */
  readonly failed: ReadonlyMap<Step, JourneySpan>;
  /** Steps that a later step replaces. */
  readonly superseded: ReadonlySet<Step>;
}

export function failuresOf(graph: JourneyGraph, members: Members, item: ItemName | undefined): Failures {
  const failed = new Map<Step, JourneySpan>();
  for (const step of members.steps) {
    const [first] = errorsOf(graph, members, step, item);
    if (first) failed.set(step, first);
  }
  return { failed, superseded: supersededSteps(members.steps, failed) };
}

/** True if the unit also works for other journeys. */
export function isShared({ traceIds }: Members, { unit }: Step): boolean {
  for (const traceId of unit.targets.keys()) if (!traceIds.has(traceId)) return true;
  return false;
}

/** The spans of a shared fan-in that have the name of the journey's item. */
export function ownSpans(
  graph: JourneyGraph,
  { unit }: Step,
  item: ItemName | undefined,
): readonly JourneySpan[] {
  return item ? graph.spansNamed(unit, item.key, item.value).filter((span) => span !== unit.span) : [];
}

function errorsOf(
  graph: JourneyGraph,
  members: Members,
  step: Step,
  item: ItemName | undefined,
): JourneySpan[] {
  const { unit } = step;
  // One bad item of 500 fails its own journey. An error of the batch itself fails all journeys.
  const spans = isShared(members, step)
    ? [unit.span, ...unit.parts, ...ownSpans(graph, step, item)]
    : unit.scope;
  const errors = spans.filter(({ isError }) => isError);
  if (errors.length === 0) return errors;
  return withoutRetried(errors, spans).sort(
    // The unit's own message comes first because it says what the failure meant.
    (a, b) => Number(b === unit.span) - Number(a === unit.span) || Number(a.startNs - b.startNs),
  );
}

/** A failed call is no failure if a retry under the same parent succeeded. */
function withoutRetried(errors: readonly JourneySpan[], spans: readonly JourneySpan[]): JourneySpan[] {
  const successes = new Map<string, bigint>();
  const place = (span: JourneySpan) => `${span.parentSpanId}\u001f${operationKey(span)}`;
  for (const span of spans) {
    if (span.isError || span.parentSpanId === null) continue;
    const latest = successes.get(place(span));
    if (latest === undefined || span.startNs > latest) successes.set(place(span), span.startNs);
  }
  return errors.filter((span) => (successes.get(place(span)) ?? -1n) < span.endNs);
}

/**
 * A later step of the same operation replaces a step if it links to it as the previous attempt, or
 * if both follow from the same span. Messages sent by one span share their source too, but they
 * overlap or have different ids.
 */
function supersededSteps(steps: readonly Step[], failed: ReadonlyMap<Step, unknown>): Set<Step> {
  const superseded = new Set<Step>();
  for (const later of steps) {
    for (const { step, link } of later.from) {
      if (link.relation === 'previous_attempt') superseded.add(step);
    }
  }
  const siblings = new Map<string, Step[]>();
  for (const step of steps) {
    for (const { link } of step.from) {
      const place = [operationKey(step.unit.span), link.spanId, link.messageId ?? ''].join('\u001f');
      append(siblings, place, step);
    }
  }
  for (const group of siblings.values()) {
    if (group.length < 2) continue;
    group.sort((a, b) => Number(a.unit.span.startNs - b.unit.span.startNs));
    const last = group.at(-1)!;
    for (const step of group) {
      if (failed.has(step) && step !== last && last.unit.span.startNs >= step.unit.span.endNs)
        superseded.add(step);
    }
  }
  return superseded;
}
