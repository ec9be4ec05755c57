import type { JourneyStage, JourneySummary, JourneyUnit } from '@span-links/explorer-api';
import { SPAN_KINDS } from '@span-links/explorer-api';
import { criticalPath, waitBefore } from './critical-path.ts';
import { failuresOf, isShared, ownSpans, type Failures } from './failures.ts';
import { handOffsOf, type HandOff, type MissingHandOff, type UsualHandOffs } from './hand-offs.ts';
import { itemName, type ItemName } from './item-name.ts';
import type { JourneyGraph } from './journey-graph.ts';
import { membersOf, type Members, type Step } from './journey-members.ts';
import { operationKey, SPAN_KIND, type JourneySpan } from './journey-span.ts';
import { stateOf, type LastingState } from './journey-state.ts';
import { append } from './trace-units.ts';

const MOST_STAGES = 64;
const MOST_UNITS_SHOWN = 1_000;
const MESSAGE_LENGTH = 300;

/** A summary without the state, which changes with time. */
export type JourneyStory = Omit<JourneySummary, 'state'>;

/** A journey at a given time. */
export interface Journey {
  readonly story: JourneyStory;
  readonly state: LastingState;
  /** The time at which it becomes overdue, unix time in ns. */
  readonly overdueAtNs: bigint | undefined;
  /** When to check again even if nothing comes in, in ms from now. */
  readonly recheckMs: number | undefined;
  readonly traceIds: ReadonlySet<string>;
  readonly handOffs: readonly HandOff[];
  /** False if it is a single trace and nothing is expected to follow. */
  readonly isWorthKeeping: boolean;
  readonly units: () => JourneyUnit[];
  readonly unitCount: number;
}

/** The facts about a journey besides its spans. */
export interface JourneyMoment {
  readonly nowNs: bigint;
  /** The time since its last span came in, in ms. */
  readonly quietMs: number;
}

/** Computes the journey of a head from the graph of all traces that may belong to it. */
export function journeyFrom(
  graph: JourneyGraph,
  headTraceId: string,
  usual: UsualHandOffs,
  moment: JourneyMoment,
): Journey {
  const members = membersOf(graph, headTraceId);
  const item = itemName(members);
  const failures = failuresOf(graph, members, item);
  const handOffs = handOffsOf(graph, members, failures, item);
  usual.note(handOffs);
  const verdict = stateOf({
    members,
    failures,
    missing: usual.missing(handOffs, moment.nowNs),
    isHeadless: isHeadless(graph, headTraceId),
    quietMs: moment.quietMs,
  });
  const teller = new StoryTeller(graph, members, item, failures);
  const story: JourneyStory = {
    journeyId: headTraceId,
    item: item ?? null,
    startTime: String(teller.startNs),
    totalNs: teller.totalNs,
    workNs: teller.totalNs - teller.waitNs,
    waitNs: teller.waitNs,
    message: verdict.culprit ? messageOf(verdict.culprit) : null,
    culprit: verdict.culprit ? { traceId: verdict.culprit.traceId, spanId: verdict.culprit.spanId } : null,
    waitingFor: verdict.missing ? waitingFor(verdict.missing) : null,
    traceCount: members.traceIds.size,
    ...teller.stages(),
  };
  return {
    story,
    state: verdict.state,
    overdueAtNs: verdict.overdueAtNs,
    recheckMs: verdict.recheckMs,
    traceIds: members.traceIds,
    handOffs,
    isWorthKeeping: isWorthKeeping(members, verdict.state),
    units: () => teller.units(),
    unitCount: members.steps.length,
  };
}

function waitingFor({ from, operation: expected, sinceNs }: MissingHandOff): JourneyStory['waitingFor'] {
  const [service = null, operation = null] = expected?.split('\u001f') ?? [];
  const [fromService = '', fromOperation = ''] = from.split('\u001f');
  return {
    service,
    operation,
    after: { service: fromService, operation: fromOperation },
    since: String(sinceNs),
  };
}

/**
 * A single trace is a journey only if something is expected of it: it waits, or it failed before it
 * passed its item on.
 */
function isWorthKeeping({ steps, traceIds }: Members, state: LastingState): boolean {
  if (traceIds.size > 1 || state === 'waiting') return true;
  const sends = () => steps.some(({ unit }) => unit.scope.some(({ kind }) => kind === SPAN_KIND.producer));
  return (state === 'failed' || state === 'refused') && sends();
}

/** True if a trace links to something earlier that is missing. */
export function isHeadless(graph: JourneyGraph, headTraceId: string): boolean {
  const units = graph.traces.get(headTraceId)?.units ?? [];
  return units.some(({ targets }) => [...targets.keys()].some((traceId) => !graph.traces.has(traceId)));
}

/** Describes the steps. */
class StoryTeller {
  readonly startNs: bigint;
  readonly totalNs: number;
  readonly waitNs: number;
  readonly #path: ReadonlyMap<Step, number>;

  constructor(
    private readonly graph: JourneyGraph,
    private readonly members: Members,
    private readonly item: ItemName | undefined,
    private readonly failures: Failures,
  ) {
    const { steps } = members;
    this.#path = new Map(criticalPath(steps).map(({ step, waitNs }) => [step, waitNs]));
    this.startNs = steps.reduce(
      (least, { unit }) => (unit.startNs < least ? unit.startNs : least),
      steps[0]?.unit.startNs ?? 0n,
    );
    const endNs = steps.reduce((latest, { unit }) => (unit.endNs > latest ? unit.endNs : latest), 0n);
    this.totalNs = Math.max(0, Number(endNs - this.startNs));
    const waited = [...this.#path.values()].reduce((sum, waitNs) => sum + waitNs, 0);
    this.waitNs = Math.min(waited, this.totalNs);
  }

  /** Units of one operation are one stage. On the path, each place is a stage. */
  stages(): Pick<JourneySummary, 'path' | 'beside'> {
    const groups = new Map<string, Step[]>();
    for (const step of this.members.steps) append(groups, operationKey(step.unit.span), step);
    const path: JourneyStage[] = [];
    const onPath = new Set<string>();
    for (const step of this.#path.keys()) {
      const operation = operationKey(step.unit.span);
      const stage = this.#stage(groups.get(operation) ?? [step], step);
      const before = path.at(-1);
      // Attempts that follow each other are one stage.
      if (before && operationKey(before) === operation) path[path.length - 1] = joined(before, stage);
      else path.push(stage);
      onPath.add(operation);
    }
    const beside = [...groups]
      .filter(([operation]) => !onPath.has(operation))
      .slice(0, MOST_STAGES)
      .map(([, steps]) => this.#stage(steps, steps.find((step) => this.#isBad(step)) ?? steps.at(-1)!));
    return { path: path.slice(0, MOST_STAGES), beside };
  }

  /** Depth first: each unit after its source, in time order. */
  units(): JourneyUnit[] {
    const { steps } = this.members;
    const children = new Map<Step | undefined, Step[]>();
    for (const step of [...steps].sort((a, b) => Number(a.unit.span.startNs - b.unit.span.startNs)))
      append(children, mainSource(step), step);
    const units: JourneyUnit[] = [];
    const pending = (children.get(undefined) ?? []).map((step) => ({ step, parent: -1 })).reverse();
    const seen = new Set<Step>();
    for (let next = pending.pop(); next && units.length < MOST_UNITS_SHOWN; next = pending.pop()) {
      const { step, parent } = next;
      if (seen.has(step)) continue;
      seen.add(step);
      const place = units.push(this.#unit(step, parent)) - 1;
      pending.push(...(children.get(step) ?? []).map((child) => ({ step: child, parent: place })).reverse());
    }
    return units;
  }

  #unit(step: Step, parent: number): JourneyUnit {
    const { unit, from } = step;
    const culprit = this.failures.failed.get(step);
    return {
      traceId: unit.trace.traceId,
      spanId: unit.span.spanId,
      parent,
      relation: from[0]?.link.relation ?? null,
      service: unit.span.service,
      operation: unit.span.operation,
      kind: SPAN_KINDS[unit.span.kind] ?? 'unspecified',
      startNs: Number(unit.startNs - this.startNs),
      durationNs: Number(unit.endNs - unit.startNs),
      waitNs: waitBefore(step),
      ownNs: this.#ownNs(step),
      sources: Math.max(1, unit.targets.size),
      spanCount: unit.scope.length,
      isOnPath: this.#path.has(step),
      isRetried: this.failures.superseded.has(step),
      hasFailed: culprit !== undefined,
      message: culprit ? messageOf(culprit) : null,
      culpritSpanId: culprit?.spanId ?? null,
    };
  }

  #stage(steps: readonly Step[], shown: Step): JourneyStage {
    const { unit } = shown;
    const failed = steps.filter((step) => this.failures.failed.has(step));
    const culprit = failed[0] && this.failures.failed.get(failed[0]);
    return {
      service: unit.span.service,
      operation: unit.span.operation,
      traceId: unit.trace.traceId,
      spanId: unit.span.spanId,
      count: steps.length,
      failed: failed.length,
      retried: steps.filter((step) => this.failures.superseded.has(step)).length,
      sources: Math.max(1, unit.targets.size),
      waitNs: this.#path.get(shown) ?? waitBefore(shown),
      durationNs: Number(unit.endNs - unit.startNs),
      ownNs: this.#ownNs(shown),
      message: culprit ? messageOf(culprit) : null,
    };
  }

  #isBad(step: Step): boolean {
    return this.failures.failed.has(step) && !this.failures.superseded.has(step);
  }

  /** The spans of the item overlap and nest, so their union counts. */
  #ownNs(step: Step): number | null {
    if (!isShared(this.members, step)) return null;
    const own = [...ownSpans(this.graph, step, this.item)];
    if (own.length === 0) return null;
    own.sort((a, b) => Number(a.startNs - b.startNs));
    let sum = 0n;
    let end = 0n;
    for (const span of own) {
      if (span.endNs <= end) continue;
      sum += span.endNs - (span.startNs > end ? span.startNs : end);
      end = span.endNs;
    }
    return Number(sum);
  }
}

/**
 * The parent of a unit in the waterfall: the source that ended last, as on the critical path. A
 * retry is under its source, not under the attempt before it. Hops keep it free of circles.
 */
function mainSource({ from, hops }: Step): Step | undefined {
  const earlier = from.filter(({ step }) => step.hops < hops);
  const causes = earlier.filter(({ link }) => link.relation !== 'previous_attempt');
  return (causes.length > 0 ? causes : earlier).reduce<Step | undefined>(
    (last, { step }) => (last === undefined || step.unit.endNs > last.unit.endNs ? step : last),
    undefined,
  );
}

function joined(before: JourneyStage, stage: JourneyStage): JourneyStage {
  return {
    ...stage,
    waitNs: before.waitNs + stage.waitNs,
    durationNs: before.durationNs + stage.durationNs,
  };
}

function messageOf({ message, httpStatus }: JourneySpan): string {
  const text = message === '' ? (httpStatus === undefined ? 'no message' : `HTTP ${httpStatus}`) : message;
  return text.length > MESSAGE_LENGTH ? `${text.slice(0, MESSAGE_LENGTH - 1)}…` : text;
}
