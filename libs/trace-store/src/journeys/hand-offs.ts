import type { ItemName } from './item-name.ts';
import type { JourneyGraph } from './journey-graph.ts';
import { isShared, ownSpans, type Failures } from './failures.ts';
import type { Members, Step } from './journey-members.ts';
import { operationKey, SPAN_KIND, type JourneySpan } from './journey-span.ts';

/** A span that passes an item on, and the operations that took the item. */
export interface HandOff {
  readonly spanId: string;
  readonly operation: string;
  readonly isProducer: boolean;
  /** Unix time in ns. */
  readonly endNs: bigint;
  /** The wait of each operation, in ns. */
  readonly taken: Readonly<Record<string, number>>;
}

/** A hand-off that has not taken place. */
export interface MissingHandOff {
  readonly spanId: string;
  /** The operation that passed it on. */
  readonly from: string;
  /** The operation that usually takes it; `undefined` if none is known. */
  readonly operation: string | undefined;
  readonly sinceNs: bigint;
  /** The longest known wait, in ns; `undefined` if none is known. */
  readonly longestNs: number | undefined;
}

const MOST_OF_A_JOURNEY = 20;

/**
 * The spans of a journey that pass its item on: producers, and spans that later traces link to.
 * Failed spans and spans of other items do not count.
 */
export function handOffsOf(
  graph: JourneyGraph,
  members: Members,
  { failed, superseded }: Failures,
  item: ItemName | undefined,
): HandOff[] {
  const takenBy = new Map<string, Record<string, number>>();
  for (const step of members.steps) {
    for (const { link } of step.from) {
      const source = graph.traces.get(link.traceId)?.bySpanId.get(link.spanId);
      if (!source || link.relation === 'previous_attempt') continue;
      const taken = takenBy.get(source.spanId) ?? {};
      const operation = operationKey(step.unit.span);
      const waitNs = Math.max(0, Number(step.unit.span.startNs - source.endNs));
      taken[operation] = Math.min(taken[operation] ?? Infinity, waitNs);
      takenBy.set(source.spanId, taken);
    }
  }
  const found: HandOff[] = [];
  for (const step of members.steps) {
    if (failed.has(step) || superseded.has(step)) continue;
    for (const span of passingSpans(graph, members, step, item)) {
      const taken = takenBy.get(span.spanId);
      const isProducer = span.kind === SPAN_KIND.producer;
      if (span.isError || (taken === undefined && !isProducer)) continue;
      found.push({
        spanId: span.spanId,
        operation: operationKey(span),
        isProducer,
        endNs: span.endNs,
        taken: taken ?? {},
      });
      if (found.length >= MOST_OF_A_JOURNEY) return found;
    }
  }
  return found;
}

function passingSpans(
  graph: JourneyGraph,
  members: Members,
  step: Step,
  item: ItemName | undefined,
): readonly JourneySpan[] {
  if (!isShared(members, step)) return step.unit.scope;
  return [step.unit.span, ...ownSpans(graph, step, item)];
}

const NS_PER_MINUTE = 60_000_000_000;
const SAMPLES = 200;
const ENOUGH_SAMPLES = 20;
const USUAL_SHARE = 0.95;
/** A span of this age counts as never taken while no wait is known. */
const UNKNOWN_WAIT_NS = 10 * NS_PER_MINUTE;
/** The least age while the waits of some takers are known: another taker may run on a schedule. */
const LEAST_PATIENCE_NS = NS_PER_MINUTE;
const PATIENCE_FACTOR = 3;
const MOST_OPERATIONS = 2_000;

/**
 * Hand-offs of one operation by span id. Taken ones have their own room. Otherwise, with a batch
 * each hour, the orders of that hour would push out the samples of batches.
 */
interface Samples {
  readonly taken: Map<string, HandOff>;
  readonly untaken: Map<string, HandOff>;
}

/** Learns from recent journeys which hand-offs to expect. */
export class UsualHandOffs {
  readonly #samples = new Map<string, Samples>();

  note(handOffs: readonly HandOff[]): void {
    for (const handOff of handOffs) {
      const samples = this.#samples.get(handOff.operation) ?? { taken: new Map(), untaken: new Map() };
      // The most recently noted operations and samples are dropped last.
      this.#samples.delete(handOff.operation);
      this.#samples.set(handOff.operation, samples);
      samples.taken.delete(handOff.spanId);
      samples.untaken.delete(handOff.spanId);
      const kept = Object.keys(handOff.taken).length > 0 ? samples.taken : samples.untaken;
      kept.set(handOff.spanId, handOff);
      dropFirst(kept, SAMPLES);
    }
    dropFirst(this.#samples, MOST_OPERATIONS);
  }

  /** Hand-offs of a journey that are still expected, longest overdue first. */
  missing(handOffs: readonly HandOff[], nowNs: bigint): MissingHandOff[] {
    return handOffs
      .flatMap((handOff) => this.#missing(handOff, nowNs))
      .sort((a, b) => Number(a.sinceNs - b.sinceNs));
  }

  #missing({ spanId, operation, isProducer, endNs, taken }: HandOff, nowNs: bigint): MissingHandOff[] {
    const known = this.#samples.get(operation);
    const untaken = [...(known?.untaken.values() ?? [])];
    const samples = [...(known?.taken.values() ?? []), ...untaken];
    const takers = new Set(samples.flatMap((sample) => Object.keys(sample.taken)));
    const missing: MissingHandOff[] = [];
    let longestNs = 0;
    for (const taker of takers) {
      const waits = samples.flatMap((sample) => sample.taken[taker] ?? []).sort((a, b) => a - b);
      const usualNs = waits[Math.floor(waits.length * 0.99)] ?? UNKNOWN_WAIT_NS;
      const counted = samples.filter(
        (sample) => sample.taken[taker] !== undefined || Number(nowNs - sample.endNs) > usualNs,
      );
      longestNs = Math.max(longestNs, waits.at(-1) ?? 0);
      if (counted.length < ENOUGH_SAMPLES) continue;
      const isUsual = waits.length >= counted.length * USUAL_SHARE;
      if (isUsual && taken[taker] === undefined)
        missing.push({ spanId, from: operation, operation: taker, sinceNs: endNs, longestNs: waits.at(-1) });
    }
    if (missing.length > 0 || !isProducer || Object.keys(taken).length > 0) return missing;
    // A message that nobody took is waiting, until enough old untaken ones show that this is usual.
    // The wait of a known taker does not count for an unknown one: an order that may fan out at
    // once still waits for its batch.
    const patienceNs =
      takers.size === 0 ? UNKNOWN_WAIT_NS : Math.max(LEAST_PATIENCE_NS, longestNs * PATIENCE_FACTOR);
    const old = untaken.filter((sample) => Number(nowNs - sample.endNs) > patienceNs);
    if (old.length < ENOUGH_SAMPLES) {
      // Nobody knows yet how long it may take, so it is not overdue.
      missing.push({
        spanId,
        from: operation,
        operation: mostFrequent(samples),
        sinceNs: endNs,
        longestNs: undefined,
      });
    }
    return missing;
  }
}

/** The operation that took most of these hand-offs. */
function mostFrequent(samples: readonly HandOff[]): string | undefined {
  const counts = new Map<string, number>();
  for (const { taken } of samples)
    for (const taker of Object.keys(taken)) counts.set(taker, (counts.get(taker) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

function dropFirst<Key, Value>(map: Map<Key, Value>, most: number): void {
  for (const key of map.keys()) {
    if (map.size <= most) return;
    map.delete(key);
  }
}
