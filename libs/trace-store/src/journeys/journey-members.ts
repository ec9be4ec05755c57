import { type JourneyGraph } from './journey-graph.ts';
import { append, type FollowedLink, type Unit } from './trace-units.ts';

const MOST_HOPS = 64;
/** A fan-out to more units is cut, and the journey says so. */
export const MOST_UNITS = 20_000;

/** A unit on a journey, and how the journey came to it. */
export interface Step {
  readonly unit: Unit;
  readonly hops: number;
  /** The links that lead back within the journey. The head has none. */
  readonly from: { readonly step: Step; readonly link: FollowedLink }[];
}

export interface Members {
  readonly headTraceId: string;
  readonly steps: readonly Step[];
  readonly traceIds: ReadonlySet<string>;
  /** True if not all of it was followed. */
  readonly isTruncated: boolean;
}

/** Follows links forward from a head, breadth first. */
export function membersOf(graph: JourneyGraph, headTraceId: string): Members {
  const steps = new Map<Unit, Step>();
  const traceIds = new Set([headTraceId]);
  const fanInsOf = new Map<string, Step[]>();
  let isTruncated = false;
  const queue: { step: Step; sources: readonly string[] }[] = [];
  for (const unit of graph.traces.get(headTraceId)?.units ?? []) enter(unit, 0);
  let followed = 0;
  followQueue();
  for (const step of steps.values()) {
    enterPastFanIns(step);
    followQueue();
  }
  return { headTraceId, steps: [...steps.values()], traceIds, isTruncated };

  function followQueue(): void {
    for (; followed < queue.length; followed++) {
      const { step, sources } = queue[followed]!;
      for (const { unit, link } of graph.arrivals(step.unit, step.hops === 0 ? 'all' : sources)) {
        const next = steps.get(unit) ?? enter(unit, step.hops + 1);
        if (next && next !== step && !next.from.some((known) => known.step === step))
          next.from.push({ step, link });
      }
    }
  }

  /**
   * In a circle, the journey may reach a fan-in only through a unit that follows it and names one
   * of its sources. That unit comes first.
   */
  function enterPastFanIns(step: Step): void {
    for (const { unit, link } of graph.namingAsSource(step.unit.trace.traceId))
      if (!steps.has(unit)) enter(unit, step.hops + 1)?.from.push({ step, link });
  }

  function enter(unit: Unit, hops: number): Step | undefined {
    if (hops > MOST_HOPS || steps.size >= MOST_UNITS) {
      isTruncated = true;
      return undefined;
    }
    const step: Step = { unit, hops, from: [] };
    steps.set(unit, step);
    queue.push({ step, sources: sourcesHere(unit) });
    if (unit.targets.size > 1) for (const traceId of fewSources(unit)) append(fanInsOf, traceId, step);
    const { traceId } = unit.trace;
    if (traceIds.has(traceId)) return step;
    traceIds.add(traceId);
    // A fan-in that was met before may also continue with this trace.
    for (const fanIn of fanInsOf.get(traceId) ?? []) queue.push({ step: fanIn, sources: [traceId] });
    return step;
  }

  /**
   * The sources of the unit that are in the journey so far. If the sources are many, the journey's
   * traces are few.
   */
  function sourcesHere(unit: Unit): string[] {
    return [...traceIds].filter((traceId) => unit.targets.has(traceId));
  }

  /**
   * A fan-in of thousands meets a journey through one source. Only a small one is worth an entry
   * per source.
   */
  function fewSources(unit: Unit): Iterable<string> {
    return unit.targets.size <= 1_000 ? unit.targets.keys() : [];
  }
}
