import type { TraceSummary } from './trace.ts';
import type { UnresolvedReason } from './link.ts';

/** `GET /api/v1/traces/:traceId/graph?spanId=&depth=&width=`: traces as nodes, links as edges. */
export interface LinkGraph {
  /** The requested node. */
  readonly focus: string;
  /** In time order. */
  readonly nodes: readonly GraphNode[];
  readonly edges: readonly GraphEdge[];
  /** True if a trace at the edge has links that were not followed, or a limit cut the graph. */
  readonly truncated: boolean;
}

export type GraphNode =
  | ({ readonly kind: 'trace'; readonly id: string; readonly depth: number } & TraceSummary)
  /** Similar traces (same root service and name, same neighbours) that were folded into one. */
  | {
      readonly kind: 'fold';
      readonly id: string;
      readonly depth: number;
      readonly service: string;
      readonly name: string;
      readonly traceCount: number;
      readonly errorCount: number;
      /** Unix times in ns of the earliest start and the latest end. */
      readonly startTime: string;
      readonly endTime: string;
      /** The folded traces, at most 100, to unfold. */
      readonly traceIds: readonly string[];
      readonly notable: NotableTraces;
    }
  /** Link targets that are missing, one node per reason. */
  | {
      readonly kind: 'unresolved';
      readonly id: string;
      readonly depth: number;
      readonly reason: UnresolvedReason;
      readonly traceCount: number;
      readonly traceIds: readonly string[];
    };

/** The traces of a fold that stand out, as trace ids. One trace may be several of them. */
export interface NotableTraces {
  readonly slowest: string;
  readonly fastest: string;
  /** The earliest with errors, at most 3. */
  readonly failed: readonly string[];
  /** Waited longest: the first to end of the sources of a link, or the last to start of its bearers. */
  readonly longestWait: string;
}

/** Links from one node to another. The spans of `from` have the links. */
export interface GraphEdge {
  readonly from: string;
  readonly to: string;
  readonly linkCount: number;
  /** `spanlinks.relation` of the links, most frequent first. Links without one count as ''. */
  readonly relations: readonly { readonly relation: string; readonly count: number }[];
}
