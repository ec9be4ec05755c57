import { headsOf } from './heads.ts';
import { JourneyGraph } from './journey-graph.ts';
import { membersOf } from './journey-members.ts';
import type { JourneySpan } from './journey-span.ts';
import type { JourneySpanReader } from './span-reader.ts';
import { Turns } from './turns.ts';

/**
 * Limits memory. If there are more traces, journeys lack those that were not loaded. A fan-in of
 * 10,000 with as many follow-ups fits.
 */
const MOST_TRACES = 25_000;
const FEW_LINKS = 20;
const FEW_NAMES = 500;

/** All traces that the journeys of some traces need. */
export interface Gathered {
  readonly graph: JourneyGraph;
  /** The heads of the journeys that the traces belong to. */
  readonly heads: ReadonlySet<string>;
}

/**
 * Loads everything that leads to some traces, and then everything that follows from the heads. It
 * walks from the targets' side, so a journey never searches the 10,000 links of a batch.
 */
export async function gatherJourneys(
  reader: JourneySpanReader,
  traceIds: Iterable<string>,
): Promise<Gathered> {
  const seeds = [...traceIds];
  const turns = new Turns();
  const loader = new Loader(reader, turns);
  await loader.load(seeds);
  for (;;) {
    const graph = await loader.graph();
    const sources = new Set<string>();
    for (const traceId of await allBefore(graph, seeds, turns)) {
      for (const { named } of graph.traces.get(traceId)?.units ?? [])
        for (const source of named) sources.add(source);
      await turns.maybeYield();
    }
    if (!(await loader.load([...sources, ...(await doubtful(graph, sources, turns))]))) break;
  }
  const heads = headsOf(await loader.graph(), seeds);
  const expanded = new Set<string>();
  for (;;) {
    const graph = await loader.graph();
    const members = new Set<string>();
    for (const head of heads) {
      await turns.maybeYield();
      for (const traceId of membersOf(graph, head).traceIds) members.add(traceId);
    }
    const fresh = [...members].filter((traceId) => !expanded.has(traceId));
    for (const traceId of fresh) expanded.add(traceId);
    const linking = await reader.tracesLinkingTo(fresh);
    if (!(await loader.load([...linking, ...(await doubtful(graph, members, turns))])))
      return { graph, heads };
  }
}

async function allBefore(
  graph: JourneyGraph,
  traceIds: readonly string[],
  turns: Turns,
): Promise<Set<string>> {
  const reached = new Set(traceIds);
  for (const traceId of reached) {
    for (const earlier of graph.earlier(traceId)) reached.add(earlier);
    await turns.maybeYield();
  }
  return reached;
}

/**
 * The targets that decide if a span is a unit, and if a later unit names a source of it. A link is
 * not followed if its target starts too late or is the previous run. A span with many links is a
 * unit as soon as one of them is certain.
 */
async function doubtful(graph: JourneyGraph, traceIds: Iterable<string>, turns: Turns): Promise<Set<string>> {
  const found = new Set<string>();
  for (const traceId of traceIds) {
    for (const unit of graph.traces.get(traceId)?.units ?? []) {
      const all = [...unit.targets.keys()];
      const isSure = all.length > FEW_LINKS && all.some((target) => graph.traces.has(target));
      for (const target of isSure ? [] : all.slice(0, FEW_LINKS)) found.add(target);
      for (const source of [...graph.sourcesNamedAfter(unit)].slice(0, FEW_NAMES)) found.add(source);
    }
    await turns.maybeYield();
  }
  return found;
}

class Loader {
  readonly #reader: JourneySpanReader;
  readonly #asked = new Set<string>();
  readonly #spans: JourneySpan[] = [];
  #graph: JourneyGraph | undefined;

  constructor(
    reader: JourneySpanReader,
    private readonly turns: Turns,
  ) {
    this.#reader = reader;
  }

  async graph(): Promise<JourneyGraph> {
    return (this.#graph ??= await JourneyGraph.of(this.#spans, this.turns));
  }

  /** @returns true if any trace was not asked for before. */
  async load(traceIds: Iterable<string>): Promise<boolean> {
    const wanted = [...new Set(traceIds)]
      .filter((traceId) => !this.#asked.has(traceId))
      .slice(0, Math.max(0, MOST_TRACES - this.#asked.size));
    if (wanted.length === 0) return false;
    for (const traceId of wanted) this.#asked.add(traceId);
    for (const span of await this.#reader.spansOf(wanted)) this.#spans.push(span);
    this.#graph = undefined;
    return true;
  }
}
