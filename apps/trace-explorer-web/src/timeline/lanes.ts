import type { TraceSummary, TraceView } from '@span-links/explorer-api';
import type { FoldNode, ShownGraph, TraceNode } from '../graph/shown-graph.ts';
import { nanosBetween, type UnixNano } from '../time/instant.ts';
import type { LaneReason } from './chosen-sources.ts';
import { laneBars, type LaneBar } from './lane-bars.ts';
import type { Interval } from './time-compression.ts';

/** A trace, or many similar ones, on the common axis. */
export interface Lane extends Interval {
  readonly node: TraceNode | FoldNode;
  readonly isFocus: boolean;
  /** Why it is not folded with others of its kind. */
  readonly reasons: readonly LaneReason[];
  /** Empty while the trace's spans are missing. The lane then shows one bar for the whole trace. */
  readonly bars: readonly LaneBar[];
  /** The known starts of the traces of a fold. */
  readonly starts: readonly number[];
  /** The known intervals of work. */
  readonly work: readonly Interval[];
}

export interface Lanes {
  readonly origin: UnixNano;
  /** In time order. */
  readonly lanes: readonly Lane[];
}

const FOCUS_LIMITS = { rows: 6, bars: 200 };
const NEIGHBOUR_LIMITS = { rows: 3, bars: 40 };
/** Many lanes are low, so that more of them are in sight. */
const DENSE_LIMITS = { rows: 1, bars: 40 };
const DENSE_FROM = 16;

export function isDense(laneCount: number): boolean {
  return laneCount >= DENSE_FROM;
}

/** One lane for each box of the graph with a time. */
export function lanesOf(
  { focus, nodes }: ShownGraph,
  views: ReadonlyMap<string, TraceView>,
  members: ReadonlyMap<string, readonly TraceSummary[]>,
  reasons: ReadonlyMap<string, readonly LaneReason[]> = new Map(),
): Lanes {
  const timed = nodes.filter((node): node is TraceNode | FoldNode => node.kind !== 'unresolved');
  const origin = timed[0]?.startTime ?? '0';
  const neighbourLimits = isDense(timed.length) ? DENSE_LIMITS : NEIGHBOUR_LIMITS;
  const lanes = timed.map((node): Lane => {
    const isFocus = node.id === focus;
    const startNs = nanosBetween(origin, node.startTime);
    if (node.kind === 'fold') {
      const work = workOfFold(node, members.get(node.id) ?? [], origin);
      const endNs = nanosBetween(origin, node.endTime);
      return {
        node,
        isFocus,
        reasons: [],
        startNs,
        endNs,
        bars: [],
        starts: work.known.map((part) => part.startNs),
        work: work.all,
      };
    }
    const endNs = startNs + node.durationNs;
    const view = views.get(node.id);
    const bars = view ? laneBars(view.spans, origin, isFocus ? FOCUS_LIMITS : neighbourLimits) : [];
    const why = isFocus ? [] : (reasons.get(node.id) ?? []);
    return { node, isFocus, reasons: why, startNs, endNs, bars, starts: [], work: [{ startNs, endNs }] };
  });
  return { origin, lanes };
}

function workOfFold(fold: FoldNode, members: readonly TraceSummary[], origin: UnixNano) {
  const known = members.map(({ startTime, durationNs }) => {
    const startNs = nanosBetween(origin, startTime);
    return { startNs, endNs: startNs + durationNs };
  });
  const whole = { startNs: nanosBetween(origin, fold.startTime), endNs: nanosBetween(origin, fold.endTime) };
  // If some are unknown, nobody can say that a stretch was idle.
  return { known, all: known.length >= fold.traceCount ? known : [whole] };
}
