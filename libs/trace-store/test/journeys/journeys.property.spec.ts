import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherJourneys } from '../../src/journeys/gather.ts';
import { headsOf } from '../../src/journeys/heads.ts';
import { JourneyGraph } from '../../src/journeys/journey-graph.ts';
import { journeyFrom } from '../../src/journeys/journey.ts';
import { membersOf } from '../../src/journeys/journey-members.ts';
import { UsualHandOffs } from '../../src/journeys/hand-offs.ts';
import type { JourneySpan } from '../../src/journeys/journey-span.ts';
import type { JourneySpanReader } from '../../src/journeys/span-reader.ts';
import { spanOf, type SpanSketch } from './spans.ts';

/** Traces of one span each, with any links, in any order. Some links lead to missing traces. */
const sketches = fc
  .array(
    fc.record({
      at: fc.integer({ min: 0, max: 20_000 }),
      lasts: fc.integer({ min: 0, max: 8_000 }),
      operation: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom(1, 4, 5),
      links: fc.array(
        fc.tuple(
          fc.nat(11),
          fc.constantFrom(undefined, 'origin', 'initiator', 'previous_attempt', 'ambient', 'compensates'),
        ),
        { maxLength: 4 },
      ),
      isError: fc.boolean(),
    }),
    { minLength: 1, maxLength: 10 },
  )
  .map((traces) =>
    traces.map(({ links, isError, ...rest }, n): SpanSketch => ({
      trace: `t${n}`,
      ...rest,
      ...(isError && { error: 'no' }),
      links: links.map(([target, relation]) => (relation ? `t${target}:${relation}` : `t${target}`)),
    })),
  );

/** A second version of the rules, as simple as possible and without regard to cost. */
class NaiveModel {
  readonly #spans = new Map<string, SpanSketch>();

  constructor(spans: readonly SpanSketch[]) {
    for (const span of spans) this.#spans.set(span.trace, span);
  }

  followed({ trace, at = 0, lasts = 0, operation, links = [] }: SpanSketch): Set<string> {
    const found = new Set<string>();
    for (const link of links) {
      const [target = '', relation] = link.split(':');
      const there = this.#spans.get(target);
      if (target === trace || relation === 'ambient') continue;
      if (there && there.at! > at + lasts + 5_000) continue;
      const isSequel =
        there &&
        relation === undefined &&
        there.kind !== 4 &&
        there.operation === operation &&
        !links.some((own) => there.links!.some((theirs) => theirs.split(':')[0] === own.split(':')[0]));
      if (!isSequel) found.add(target);
    }
    return found;
  }

  /** The sources of `earlier` that a later trace names. Only a fan-in has sources to name. */
  #named(later: string, earlier: string): string[] {
    const sources = this.followed(this.#spans.get(earlier)!);
    if (sources.size < 2 || this.#spans.get(later)!.at! <= this.#spans.get(earlier)!.at!) return [];
    return this.#spans
      .get(later)!
      .links!.map((link) => link.split(':'))
      .filter(([target = '', relation]) => relation !== 'ambient' && target !== later && sources.has(target))
      .filter(([target = '']) => this.#spans.has(target))
      .map(([target = '']) => target);
  }

  #earlier(trace: string): string[] {
    return [...this.followed(this.#spans.get(trace)!)]
      .filter((target) => this.#spans.has(target))
      .flatMap((target) => {
        const named = this.#named(trace, target);
        return named.length > 0 ? named : [target];
      })
      .filter((source) => source !== trace && this.#spans.has(source));
  }

  #allBefore(trace: string): Set<string> {
    const found = new Set<string>();
    const open = this.#earlier(trace);
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      if (found.has(at)) continue;
      found.add(at);
      open.push(...this.#earlier(at));
    }
    return found;
  }

  heads(): Set<string> {
    const heads = new Set<string>();
    for (const trace of this.#spans.keys()) {
      const before = this.#allBefore(trace);
      const circle = [...before, trace].filter(
        (other) => other === trace || this.#allBefore(other).has(trace),
      );
      if ([...before].some((other) => !circle.includes(other))) continue;
      const [first] = circle.sort(
        (a, b) => this.#spans.get(a)!.at! - this.#spans.get(b)!.at! || (a < b ? -1 : 1),
      );
      heads.add(first!);
    }
    return heads;
  }

  members(head: string): Set<string> {
    const found = new Set([head]);
    for (let size = 0; size < found.size;) {
      size = found.size;
      for (const { trace } of this.#spans.values()) {
        const isAfterHead = this.followed(this.#spans.get(trace)!).has(head);
        if (isAfterHead || this.#earlier(trace).some((earlier) => found.has(earlier))) found.add(trace);
      }
    }
    return found;
  }
}

/** Spans in memory, read as from the tables. */
function readerOf(spans: readonly JourneySpan[]): JourneySpanReader {
  return {
    spansOf: (traceIds) => Promise.resolve(spans.filter(({ traceId }) => traceIds.includes(traceId))),
    tracesLinkingTo: (traceIds) => {
      const linking = spans.filter(({ traceId, links }) =>
        links.some((link) => link.traceId !== traceId && traceIds.includes(link.traceId)),
      );
      return Promise.resolve([...new Set(linking.map(({ traceId }) => traceId))]);
    },
  };
}

describe('journeys of random traces', () => {
  it('are the same if only the data of one trace is loaded', async () => {
    await fc.assert(
      fc.asyncProperty(sketches, async (sent) => {
        const spans = sent.map(spanOf);
        const all = new JourneyGraph(spans);
        const allHeads = headsOf(all, all.traces.keys());
        const journey = (graph: JourneyGraph, head: string) => {
          const moment = { nowNs: 0n, quietMs: 60_000 };
          const { story, traceIds } = journeyFrom(graph, head, new UsualHandOffs(), moment);
          return { story, traceIds: [...traceIds].sort() };
        };
        for (const traceId of all.traces.keys()) {
          const { graph, heads } = await gatherJourneys(readerOf(spans), [traceId]);
          expect([...heads].sort()).toEqual([...headsOf(all, [traceId])].sort());
          for (const head of heads) {
            expect(allHeads).toContain(head);
            expect(journey(graph, head)).toEqual(journey(all, head));
          }
          for (const head of allHeads) {
            if (membersOf(all, head).traceIds.has(traceId)) expect(heads).toContain(head);
          }
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('begin and have members as in the naive model', () => {
    fc.assert(
      fc.property(sketches, (spans) => {
        const graph = new JourneyGraph(spans.map(spanOf));
        const model = new NaiveModel(spans);
        const heads = headsOf(graph, graph.traces.keys());
        expect([...heads].sort()).toEqual([...model.heads()].sort());
        for (const head of heads)
          expect([...membersOf(graph, head).traceIds].sort()).toEqual([...model.members(head)].sort());
      }),
      { numRuns: 2_000 },
    );
  });

  it('contain every trace, do not depend on the order of arrival, and have times that add up', () => {
    fc.assert(
      fc.property(
        sketches,
        fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })),
        (spans, random) => {
          const sent = spans.map(spanOf);
          const shuffled = sent
            .map((span) => ({ span, at: random.next().value as number }))
            .sort((a, b) => a.at - b.at)
            .map(({ span }) => span);
          const [first, second] = [sent, shuffled].map((order) => {
            const graph = new JourneyGraph(order);
            const usual = new UsualHandOffs();
            const heads = [...headsOf(graph, graph.traces.keys())].sort();
            return heads.map((head) => journeyFrom(graph, head, usual, { nowNs: 0n, quietMs: 60_000 }));
          }) as [ReturnType<typeof journeyFrom>[], ReturnType<typeof journeyFrom>[]];
          const held = new Set(first.flatMap(({ traceIds }) => [...traceIds]));
          expect(held.size).toBe(spans.length);
          for (const [n, { story, units, unitCount, traceIds }] of first.entries()) {
            expect([...second[n]!.traceIds].sort()).toEqual([...traceIds].sort());
            expect(second[n]!.story.totalNs).toBe(story.totalNs);
            expect(second[n]!.story.waitNs).toBe(story.waitNs);
            expect(story.workNs + story.waitNs).toBe(story.totalNs);
            expect(story.waitNs).toBeGreaterThanOrEqual(0);
            expect(units()).toHaveLength(unitCount);
            units().forEach(({ parent }, place) => expect(parent).toBeLessThan(place));
          }
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
