import type { SpanSummary } from '@span-links/explorer-api';
import { nanosBetween, type UnixNano } from '../time/instant.ts';

/**
 * The relation of a span to its parent:
 * - `root`: it has none.
 * - `child`: its parent is in the tree.
 * - `orphan`: its parent has not been received; it may still come.
 * - `cycle`: it is its own ancestor, so the chain had to be cut.
 */
export type Parentage = 'root' | 'child' | 'orphan' | 'cycle';

export interface SpanNode {
  /** The span's id, with a suffix for the second and later spans of the same id. */
  readonly key: string;
  readonly span: SpanSummary;
  readonly parentage: Parentage;
  /** The parent's place in `SpanTree.nodes`; -1 if there is none. */
  readonly parent: number;
  /** The place after its last descendant. For a node without children, this is the next place. */
  readonly end: number;
  /** From 1, like `aria-level`. */
  readonly level: number;
  /** The place among its siblings, from 1. */
  readonly position: number;
  readonly siblings: number;
  /** Since the start of the trace. */
  readonly startNs: number;
  /**
   * How much earlier than its parent it started by its own clock, because the clocks of two
   * machines differ. 0 otherwise.
   */
  readonly skewNs: number;
}

/** The spans of a trace, each parent directly before its children, children in time order. */
export interface SpanTree {
  readonly nodes: readonly SpanNode[];
  /** By key, and therefore by span id for the first span of each id. */
  readonly indexOf: ReadonlyMap<string, number>;
  readonly startTime: UnixNano;
  /** From the earliest start to the latest end; at least 1, so that it can be a divisor. */
  readonly durationNs: number;
}

// The parent of spans that have none in the tree.
const NONE = -1;

/**
 * Builds the tree in linear time and without recursion, because a trace may be one chain of 10,000
 * spans and may have any defect.
 */
export function spanTree(received: readonly SpanSummary[]): SpanTree {
  const startTime = earliestStart(received);
  const timed = received.map((span) => ({ span, startNs: nanosBetween(startTime, span.startTime) }));
  timed.sort((a, b) => a.startNs - b.startNs);
  const spans = timed.map(({ span }) => span);
  const starts = timed.map(({ startNs }) => startNs);
  const parents = parentsOf(spans);
  const inCycle = cutCycles(parents);
  const durationNs = timed.reduce((end, { span, startNs }) => Math.max(end, startNs + span.durationNs), 1);
  const nodes = flatten(spans, starts, parents, inCycle);
  const indexOf = new Map(nodes.map(({ key }, index) => [key, index]));
  return { nodes, indexOf, startTime, durationNs };
}

function earliestStart(spans: readonly SpanSummary[]): UnixNano {
  let earliest: bigint | undefined;
  for (const { startTime } of spans) {
    const time = BigInt(startTime);
    if (earliest === undefined || time < earliest) earliest = time;
  }
  return String(earliest ?? 0n);
}

function parentsOf(spans: readonly SpanSummary[]): number[] {
  const firstOf = new Map<string, number>();
  spans.forEach(({ spanId }, index) => {
    if (!firstOf.has(spanId)) firstOf.set(spanId, index);
  });
  return spans.map(({ parentSpanId }) =>
    parentSpanId === null ? NONE : (firstOf.get(parentSpanId) ?? NONE),
  );
}

// Cuts each circle of parents above its earliest span, and returns those spans.
function cutCycles(parents: number[]): ReadonlySet<number> {
  const cut = new Set<number>();
  const walkOf = new Int32Array(parents.length).fill(NONE);
  for (let start = 0; start < parents.length; start++) {
    let at = start;
    while (at !== NONE && walkOf[at] === NONE) {
      walkOf[at] = start;
      at = parents[at] ?? NONE;
    }
    // A span of this walk means a circle. A span of an earlier walk is already done.
    if (at === NONE || walkOf[at] !== start) continue;
    let earliest = at;
    for (let member = parents[at] ?? NONE; member !== at; member = parents[member] ?? NONE) {
      earliest = Math.min(earliest, member);
    }
    parents[earliest] = NONE;
    cut.add(earliest);
  }
  return cut;
}

function flatten(
  spans: readonly SpanSummary[],
  starts: readonly number[],
  parents: readonly number[],
  inCycle: ReadonlySet<number>,
): SpanNode[] {
  const children = childrenOf(parents);
  const nodes: (SpanNode & { end: number })[] = [];
  const keys = new Set<string>();
  const levelOf = (parent: number) => (nodes[parent]?.level ?? 0) + 1;
  const pending = enter(children.get(NONE) ?? [], NONE);
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { index, parent, position, siblings } = next;
    const span = spans[index];
    const startNs = starts[index];
    if (!span || startNs === undefined) continue;
    const place = nodes.length;
    nodes.push({
      key: distinct(span.spanId, keys),
      span,
      parentage: parentage(span, parent, inCycle.has(index)),
      parent,
      end: place + 1,
      level: levelOf(parent),
      position,
      siblings,
      startNs,
      skewNs: Math.max(0, (nodes[parent]?.startNs ?? 0) - startNs),
    });
    pending.push(...enter(children.get(index) ?? [], place));
  }
  // Descendants come after their ancestors, so ends are set from the back.
  for (let place = nodes.length - 1; place >= 0; place--) {
    const node = nodes[place];
    const parent = node && nodes[node.parent];
    if (parent) parent.end = Math.max(parent.end, node.end);
  }
  return nodes;
}

function childrenOf(parents: readonly number[]): Map<number, number[]> {
  const children = new Map<number, number[]>();
  parents.forEach((parent, index) => {
    const siblings = children.get(parent);
    if (siblings) siblings.push(index);
    else children.set(parent, [index]);
  });
  return children;
}

// In reverse, because the last one in is the first one out.
function enter(indexes: readonly number[], parent: number) {
  return indexes
    .map((index, at) => ({ index, parent, position: at + 1, siblings: indexes.length }))
    .reverse();
}

function parentage(span: SpanSummary, parent: number, inCycle: boolean): Parentage {
  if (inCycle) return 'cycle';
  if (parent !== NONE) return 'child';
  return span.parentSpanId === null ? 'root' : 'orphan';
}

function distinct(spanId: string, taken: Set<string>): string {
  let key = spanId;
  for (let copy = 2; taken.has(key); copy++) key = `${spanId}~${copy}`;
  taken.add(key);
  return key;
}
