import { createHash } from 'node:crypto';
import type {
  GraphEdge,
  GraphNode,
  LinkGraph,
  TraceSummary,
  UnresolvedReason,
} from '@span-links/explorer-api';
import type pg from 'pg';
import { readSql } from '../sql.ts';

/** How many of the links around a trace to show. */
export interface GraphOptions {
  /** Follow only the links of this span from the requested trace. */
  readonly spanId?: string | undefined;
  /** Steps away from the trace; 2 by default. */
  readonly depth?: number | undefined;
  /**
   * Neighbours of one kind that are shown separately. More are folded into one node. The default is
   * 12.
   */
  readonly width?: number | undefined;
  /** 200 by default. */
  readonly maxNodes?: number | undefined;
}

/**
 * The number of links per step. Nobody can read a picture with more, and a statement has a time
 * limit.
 */
const MAX_LINKS_PER_STEP = 100_000;
const MAX_NAMED_MEMBERS = 100;
const MAX_NAMED_FAILED = 3;

const LINK_NEIGHBOURS = readSql('read/link-neighbours');

type Relations = Readonly<Record<string, number>>;

/** A row of `link-neighbours.sql`: the neighbours of one kind. */
interface NeighbourRow {
  readonly side: 'out' | 'in';
  readonly near: string;
  readonly reason: UnresolvedReason | null;
  readonly service: string | null;
  readonly name: string | null;
  readonly trace_count: string;
  readonly error_count: string;
  readonly start_ns: string | null;
  readonly end_ns: string | null;
  readonly slowest: string;
  readonly fastest: string;
  readonly longest_wait: string;
  /** The earliest with errors; a trace once per relation. `null` if there are none. */
  readonly failed: readonly string[] | null;
  readonly relations: Relations;
  /** At most the earliest 100. */
  readonly members: readonly { readonly traceId: string; readonly relations: Relations }[];
  readonly kind_count: string;
  readonly links_seen: string;
}

type FoldNode = Extract<GraphNode, { kind: 'fold' }>;
type UnresolvedNode = Extract<GraphNode, { kind: 'unresolved' }>;

/**
 * Finds the traces around a trace step by step, over links in both directions. Folds are not
 * followed. One step more than requested adds no node: it finds the links among the outermost nodes
 * and shows if there are more.
 *
 * @param spanRowId of the span whose links are followed from the focus; other links of the focus
 * are not.
 */
export async function linkGraph(
  pool: pg.Pool,
  focus: string,
  spanRowId: string | null,
  options: GraphOptions,
  summaries: (traceIds: readonly string[]) => Promise<TraceSummary[]>,
): Promise<LinkGraph> {
  const { depth = 2, width = 12, maxNodes = 200 } = options;
  const picture = new Picture(focus, width, maxNodes);
  let frontier = [focus];
  for (let step = 1; step <= depth + 1 && frontier.length > 0; step++) {
    const { rows } = await pool.query<NeighbourRow>(LINK_NEIGHBOURS, [
      frontier,
      Math.max(width, MAX_NAMED_MEMBERS),
      maxNodes,
      MAX_LINKS_PER_STEP,
      step === 1 ? spanRowId : null,
      picture.traceIds(),
    ]);
    frontier = picture.add(rows, step, step <= depth);
  }
  return picture.graph(await summaries(picture.traceIds()));
}

class Picture {
  /** Depth by trace. */
  readonly #traces = new Map<string, number>();
  readonly #folds = new Map<string, FoldNode>();
  readonly #unresolved = new Map<UnresolvedReason, UnresolvedNode>();
  readonly #edges = new Map<string, GraphEdge>();
  #truncated = false;

  constructor(
    private readonly focus: string,
    private readonly width: number,
    private readonly maxNodes: number,
  ) {
    this.#traces.set(focus, 0);
  }

  traceIds(): string[] {
    return [...this.#traces.keys()];
  }

  /** @returns the new traces. */
  add(rows: readonly NeighbourRow[], depth: number, mayGrow: boolean): string[] {
    const [first] = rows;
    if (first && (Number(first.kind_count) > rows.length || Number(first.links_seen) >= MAX_LINKS_PER_STEP)) {
      this.#truncated = true;
    }
    return rows.flatMap((row) => {
      if (row.reason !== null) this.#addUnresolved(row, row.reason, depth, mayGrow);
      else if (
        row.members.every(({ traceId }) => this.#traces.has(traceId)) ||
        Number(row.trace_count) <= this.width
      )
        return this.#addTraces(row, depth, mayGrow);
      else this.#addFold(row, depth, mayGrow);
      return [];
    });
  }

  graph(summaries: readonly TraceSummary[]): LinkGraph {
    const traces = summaries.map<GraphNode>((summary) => ({
      kind: 'trace',
      id: summary.traceId,
      depth: this.#traces.get(summary.traceId) ?? 0,
      ...summary,
    }));
    const timed = [...traces, ...this.#folds.values()].sort(byStart);
    const nodes = [...timed, ...this.#unresolved.values()];
    // Retention may have deleted a trace after its neighbours were found.
    const here = new Set(nodes.map(({ id }) => id));
    const edges = [...this.#edges.values()].filter(({ from, to }) => here.has(from) && here.has(to));
    return { focus: this.focus, nodes, edges, truncated: this.#truncated };
  }

  #addTraces(row: NeighbourRow, depth: number, mayGrow: boolean): string[] {
    const added: string[] = [];
    for (const { traceId, relations } of row.members) {
      if (!this.#traces.has(traceId)) {
        if (!this.#hasRoom(mayGrow)) continue;
        this.#traces.set(traceId, depth);
        added.push(traceId);
      }
      this.#addEdge(row, traceId, relations);
    }
    return added;
  }

  /** Two batches over the same sources share one fold. */
  #addFold(row: NeighbourRow, depth: number, mayGrow: boolean): void {
    const traceIds = row.members.slice(0, MAX_NAMED_MEMBERS).map(({ traceId }) => traceId);
    const content = JSON.stringify([row.service, row.name, row.trace_count, traceIds]);
    const id = `fold:${createHash('sha256').update(content).digest('hex').slice(0, 16)}`;
    if (!this.#folds.has(id)) {
      if (!this.#hasRoom(mayGrow)) return;
      this.#folds.set(id, {
        kind: 'fold',
        id,
        depth,
        service: row.service ?? '',
        name: row.name ?? '',
        traceCount: Number(row.trace_count),
        errorCount: Number(row.error_count),
        startTime: row.start_ns ?? '0',
        endTime: row.end_ns ?? '0',
        traceIds,
        notable: {
          slowest: hexOf(row.slowest),
          fastest: hexOf(row.fastest),
          failed: [...new Set(row.failed)].slice(0, MAX_NAMED_FAILED).map(hexOf),
          longestWait: hexOf(row.longest_wait),
        },
      });
    }
    this.#addEdge(row, id, row.relations);
  }

  #addUnresolved(row: NeighbourRow, reason: UnresolvedReason, depth: number, mayGrow: boolean): void {
    const id = `unresolved:${reason}`;
    const known = this.#unresolved.get(reason);
    if (!known && !this.#hasRoom(mayGrow)) return;
    const knownIds = new Set(known?.traceIds);
    const newIds = row.members.map(({ traceId }) => traceId).filter((traceId) => !knownIds.has(traceId));
    this.#unresolved.set(reason, {
      kind: 'unresolved',
      id,
      depth: known?.depth ?? depth,
      reason,
      traceCount: (known?.traceCount ?? 0) + Number(row.trace_count) - (row.members.length - newIds.length),
      traceIds: [...knownIds, ...newIds].slice(0, MAX_NAMED_MEMBERS),
    });
    this.#addEdge(row, id, row.relations);
  }

  #hasRoom(mayGrow: boolean): boolean {
    const hasRoom = mayGrow && this.#traces.size + this.#folds.size + this.#unresolved.size < this.maxNodes;
    if (!hasRoom) this.#truncated = true;
    return hasRoom;
  }

  /** An edge is visible from both ends but is added once. */
  #addEdge(row: NeighbourRow, other: string, relations: Relations): void {
    const [from, to] = row.side === 'out' ? [row.near, other] : [other, row.near];
    const key = `${from} ${to}`;
    if (this.#edges.has(key)) return;
    const counts = Object.entries(relations).map(([relation, count]) => ({ relation, count }));
    this.#edges.set(key, {
      from,
      to,
      linkCount: counts.reduce((sum, { count }) => sum + count, 0),
      relations: counts.sort((a, b) => b.count - a.count || (a.relation < b.relation ? -1 : 1)),
    });
  }
}

function hexOf(uuid: string): string {
  return uuid.replaceAll('-', '');
}

function byStart(a: GraphNode, b: GraphNode): number {
  const [first, second] = [startOf(a), startOf(b)];
  if (first !== second) return first < second ? -1 : 1;
  return a.id < b.id ? -1 : 1;
}

function startOf(node: GraphNode): bigint {
  return node.kind === 'unresolved' ? 0n : BigInt(node.startTime);
}
