import type { JourneySpan } from './journey-span.ts';
import { append, traceUnits, type FollowedLink, type TraceUnits, type Unit } from './trace-units.ts';
import type { Turns } from './turns.ts';

/** A link seen from its target. */
export interface Arrival {
  readonly unit: Unit;
  readonly link: FollowedLink;
}

interface ArrivalsAt {
  readonly plain: readonly Arrival[];
  /** Arrivals by the trace that the later unit names. */
  readonly bySource: ReadonlyMap<string, readonly Arrival[]>;
  /** Sources that later units name; they may be missing. */
  readonly names: ReadonlySet<string>;
}

const SPANS_A_STEP = 200;

/** Traces and the links between them, from both ends. */
export class JourneyGraph {
  readonly traces = new Map<string, TraceUnits>();
  readonly #arrivals = new Map<string, Arrival[]>();
  // Cached because each of the 10,000 journeys that meet in a unit asks for it.
  readonly #arrivalsOf = new Map<Unit, ArrivalsAt>();
  readonly #names = new Map<Unit, Map<string, JourneySpan[]>>();
  readonly #sends = new Map<Unit, boolean>();

  /** @param spans of any number of traces. The targets of their links should be among them. */
  constructor(spans: readonly JourneySpan[]) {
    for (const _ of this.#take(spans));
  }

  /**
   * Does the same in slices: 25,000 traces take seconds, and requests with spans wait in the
   * meantime.
   */
  static async of(spans: readonly JourneySpan[], turns: Turns): Promise<JourneyGraph> {
    const graph = new JourneyGraph([]);
    for (const _ of graph.#take(spans)) await turns.maybeYield();
    return graph;
  }

  /** Pauses after each small step. */
  *#take(spans: readonly JourneySpan[]): Generator<void> {
    const byTrace = new Map<string, JourneySpan[]>();
    const byId = new Map<string, JourneySpan>();
    for (const [place, span] of spans.entries()) {
      append(byTrace, span.traceId, span);
      byId.set(span.traceId + span.spanId, span);
      if (place % SPANS_A_STEP === 0) yield;
    }
    const spanOf = (traceId: string, spanId: string) => byId.get(traceId + spanId);
    for (const [traceId, own] of byTrace) {
      this.traces.set(traceId, traceUnits(traceId, own, spanOf));
      yield;
    }
    for (const { units } of this.traces.values()) {
      for (const unit of units)
        for (const [traceId, link] of unit.targets) append(this.#arrivals, traceId, { unit, link });
      yield;
    }
  }

  /**
   * The links that lead on from a unit for a journey that came here from some traces. A later unit
   * may name sources of a fan-in in addition to the fan-in itself. It then continues with those
   * sources only: a retry of one message of 500 must not show in the journeys of the other 499.
   *
   * @param sources `all` for the first unit of a journey, which has no source.
   */
  arrivals(unit: Unit, sources: Iterable<string> | 'all'): readonly Arrival[] {
    const { plain, bySource } = this.#arrivalsAt(unit);
    if (bySource.size === 0) return plain;
    if (sources === 'all') return [...new Set([...plain, ...[...bySource.values()].flat()])].sort(byStart);
    const named = [...sources].flatMap((traceId) => bySource.get(traceId) ?? []);
    return [...new Set([...plain, ...named])].sort(byStart);
  }

  /** The sources of a unit that later units name. */
  sourcesNamedAfter(unit: Unit): Iterable<string> {
    return this.#arrivalsAt(unit).names;
  }

  /**
   * Traces that link to one of these but do not follow the link. While the target is missing, they
   * wait for it or follow it.
   */
  notFollowing(traceIds: ReadonlySet<string>): string[] {
    return [...this.traces.values()]
      .filter(({ notFollowed }) => notFollowed.some((target) => traceIds.has(target)))
      .map(({ traceId }) => traceId);
  }

  /**
   * Traces that name one of these as the source of a fan-in. While it is missing, they are in the
   * journeys of all other sources.
   */
  naming(traceIds: ReadonlySet<string>): string[] {
    const found = new Set<string>();
    for (const traceId of traceIds)
      for (const { unit } of this.namingAsSource(traceId)) found.add(unit.trace.traceId);
    return [...found];
  }

  /**
   * Links of later units to fan-ins of a trace. The units name the trace in addition to the fan-in.
   */
  *namingAsSource(traceId: string): Generator<Arrival> {
    for (const { unit: fanIn } of this.#arrivals.get(traceId) ?? [])
      if (fanIn.targets.size > 1) yield* this.#arrivalsAt(fanIn).bySource.get(traceId) ?? [];
  }

  /** The spans of a unit that work on the item of this name, such as `order.id` = 42. */
  spansNamed(unit: Unit, key: string, value: string): readonly JourneySpan[] {
    let names = this.#names.get(unit);
    if (names === undefined) {
      names = new Map();
      for (const span of unit.scope) {
        for (const [name, text] of Object.entries(span.names ?? {})) append(names, nameKey(name, text), span);
      }
      this.#names.set(unit, names);
    }
    return names.get(nameKey(key, value)) ?? [];
  }

  #arrivalsAt(unit: Unit): ArrivalsAt {
    const known = this.#arrivalsOf.get(unit);
    if (known) return known;
    const plain: Arrival[] = [];
    const bySource = new Map<string, Arrival[]>();
    const names = new Set<string>();
    for (const arrival of [...(this.#arrivals.get(unit.trace.traceId) ?? [])].sort(byStart)) {
      if (!this.#isIn(unit, arrival.link.spanId)) continue;
      const named = namedSources(arrival.unit, unit);
      for (const traceId of named) names.add(traceId);
      // Nobody can tell which journey a missing source belongs to.
      const here = named.filter((traceId) => this.traces.has(traceId));
      if (here.length === 0) plain.push(arrival);
      for (const traceId of here) append(bySource, traceId, arrival);
    }
    const found = { plain, bySource, names };
    this.#arrivalsOf.set(unit, found);
    return found;
  }

  /** The units that a link's target belongs to. */
  unitsAt({ traceId, spanId }: FollowedLink): readonly Unit[] {
    return (this.traces.get(traceId)?.units ?? []).filter((unit) => this.#isIn(unit, spanId));
  }

  /**
   * True if a span is work of this unit. A trace with several units is often a loop, and each unit
   * has its own subtree. A unit that sends nothing on from its subtree also owns later spans of the
   * trace that are outside all units.
   */
  #isIn(unit: Unit, spanId: string): boolean {
    const { trace } = unit;
    if (trace.units.length === 1) return true;
    const owner = trace.unitOfSpan.get(spanId);
    if (owner) return owner === unit;
    const span = trace.bySpanId.get(spanId);
    if (span === undefined || span.startNs < unit.span.startNs) return false;
    return !this.#sendsFromItsScope(unit);
  }

  #sendsFromItsScope(unit: Unit): boolean {
    const known = this.#sends.get(unit);
    if (known !== undefined) return known;
    const all = this.#arrivals.get(unit.trace.traceId) ?? [];
    const sends = all.some(({ link }) => unit.trace.unitOfSpan.get(link.spanId) === unit);
    this.#sends.set(unit, sends);
    return sends;
  }

  /**
   * The stored traces that a trace follows from. If the trace names sources of a fan-in, they
   * replace the fan-in.
   */
  earlier(traceId: string): ReadonlySet<string> {
    const found = new Set<string>();
    for (const unit of this.traces.get(traceId)?.units ?? []) {
      for (const [target, link] of unit.targets) {
        if (!this.traces.has(target)) continue;
        const named = this.unitsAt(link)
          .flatMap((fanIn) => namedSources(unit, fanIn))
          .filter((source) => this.traces.has(source));
        for (const source of named.length > 0 ? named : [target]) if (source !== traceId) found.add(source);
      }
    }
    return found;
  }
}

/**
 * The sources of a fan-in that a later unit names. The time order prevents traces that link to each
 * other in circles from excluding each other.
 */
function namedSources(unit: Unit, fanIn: Unit): readonly string[] {
  if (fanIn.targets.size < 2 || unit.span.startNs <= fanIn.span.startNs) return [];
  // The shorter list is walked: a batch that continues a batch of 10,000 may name all of them.
  if (unit.named.size > fanIn.targets.size)
    return [...fanIn.targets.keys()].filter((traceId) => unit.named.has(traceId));
  return [...unit.named].filter((traceId) => fanIn.targets.has(traceId));
}

/** Sorts by time, independent of the order in which they were read. */
function byStart({ unit: { span: a } }: Arrival, { unit: { span: b } }: Arrival): number {
  if (a.startNs !== b.startNs) return a.startNs < b.startNs ? -1 : 1;
  return a.traceId + a.spanId < b.traceId + b.spanId ? -1 : 1;
}

function nameKey(name: string, value: string): string {
  return `${name}\u0000${value}`;
}
