import type { JourneySpan } from '../../src/journeys/journey-span.ts';
import { JourneyGraph } from '../../src/journeys/journey-graph.ts';
import { headsOf } from '../../src/journeys/heads.ts';
import { journeyFrom, type JourneyMoment } from '../../src/journeys/journey.ts';
import { UsualHandOffs } from '../../src/journeys/hand-offs.ts';

/** The part of a span that tests need. Times are ms. */
export interface SpanSketch {
  readonly trace: string;
  /** Defaults to the name of the trace. */
  readonly span?: string;
  readonly parent?: string;
  readonly operation?: string;
  readonly service?: string;
  readonly kind?: number;
  readonly at?: number;
  readonly lasts?: number;
  readonly error?: string;
  readonly httpStatus?: number;
  readonly names?: Readonly<Record<string, string>>;
  /** `trace` or `trace/span`, with an optional relation: `batch:previous_attempt`. */
  readonly links?: readonly string[];
}

export function spanOf(sketch: SpanSketch): JourneySpan {
  const { trace, span = trace, at = 0, lasts = 10, links = [] } = sketch;
  return {
    traceId: trace,
    spanId: span,
    parentSpanId: sketch.parent ?? null,
    service: sketch.service ?? 'shop',
    operation: sketch.operation ?? trace,
    kind: sketch.kind ?? 1,
    startNs: BigInt(at) * 1_000_000n,
    endNs: BigInt(at + lasts) * 1_000_000n,
    isError: sketch.error !== undefined,
    message: sketch.error ?? '',
    httpStatus: sketch.httpStatus,
    names: sketch.names,
    links: links.map((link) => {
      const [target = '', relation] = link.split(':');
      const [traceId = '', spanId = traceId] = target.split('/');
      return { traceId, spanId, relation };
    }),
  };
}

export const graphOf = (sketches: readonly SpanSketch[]) => new JourneyGraph(sketches.map(spanOf));

/** Heads of all traces. */
export const headsIn = (graph: JourneyGraph) => [...headsOf(graph, graph.traces.keys())].sort();

export const MS = 1e6;

/** The journey of a head, by default a minute after everything came in. */
export function journeyOf(
  sketches: readonly SpanSketch[],
  head: string,
  { usual = new UsualHandOffs(), ...moment }: Partial<JourneyMoment> & { usual?: UsualHandOffs } = {},
) {
  const latest = Math.max(...sketches.map(({ at = 0, lasts = 10 }) => at + lasts));
  const now = { nowNs: BigInt(latest + 60_000) * 1_000_000n, quietMs: 60_000, ...moment };
  const journey = journeyFrom(graphOf(sketches), head, usual, now);
  return { ...journey, summary: { ...journey.story, state: journey.state } };
}
