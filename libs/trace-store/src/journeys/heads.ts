import type { JourneyGraph } from './journey-graph.ts';

/**
 * Finds the heads of the journeys that lead to a trace: traces that follow from no stored trace. If
 * traces follow from each other in a circle, the earliest of them is the head.
 *
 * Tarjan's algorithm finds the circles. It has no recursion because a chain of links may be long.
 */
export function headsOf(graph: JourneyGraph, traceIds: Iterable<string>): Set<string> {
  const heads = new Set<string>();
  const order = new Map<string, number>();
  const lowest = new Map<string, number>();
  const settled = new Set<string>();
  const open: string[] = [];
  for (const start of traceIds) {
    if (!graph.traces.has(start) || order.has(start)) continue;
    const calls = [enter(start)];
    for (let call = calls.at(-1); call !== undefined; call = calls.at(-1)) {
      const { value: next, done } = call.rest.next();
      if (!done) {
        if (!order.has(next)) calls.push(enter(next));
        else if (!settled.has(next)) lower(call.traceId, order.get(next) ?? 0);
        continue;
      }
      calls.pop();
      const above = calls.at(-1);
      if (above) lower(above.traceId, lowest.get(call.traceId) ?? 0);
      if (lowest.get(call.traceId) === order.get(call.traceId)) settle(call.traceId);
    }
  }
  return heads;

  function enter(traceId: string) {
    order.set(traceId, order.size);
    lowest.set(traceId, order.size - 1);
    open.push(traceId);
    return { traceId, rest: graph.earlier(traceId).values() };
  }

  function lower(traceId: string, to: number): void {
    lowest.set(traceId, Math.min(lowest.get(traceId) ?? to, to));
  }

  /**
   * The traces from `first` on are one circle or one trace. They begin a journey if nothing earlier
   * leads to them.
   */
  function settle(first: string): void {
    const circle = open.splice(open.lastIndexOf(first));
    for (const traceId of circle) settled.add(traceId);
    const members = new Set(circle);
    const follows = circle.some((traceId) => [...graph.earlier(traceId)].some((from) => !members.has(from)));
    if (!follows) heads.add(earliest(circle));
  }

  function earliest(traceIds: readonly string[]): string {
    const startOf = (traceId: string) => graph.traces.get(traceId)?.startNs ?? 0n;
    return [...traceIds].sort((a, b) => {
      if (startOf(a) !== startOf(b)) return startOf(a) < startOf(b) ? -1 : 1;
      return a < b ? -1 : 1;
    })[0]!;
  }
}
