import type { SpanKind } from './span.ts';

/** The spans of one service and operation. Times are in ns; percentiles may be wrong by 10 %. */
export interface MapNode {
  readonly id: number;
  readonly service: string;
  readonly operation: string;
  readonly kind: SpanKind;
  readonly count: number;
  readonly errors: number;
  readonly p50Ns: number;
  readonly p95Ns: number;
  readonly maxNs: number;
  /** The number of links on its spans with links; `null` if none has any. */
  readonly fanIn: { readonly p50: number; readonly max: number } | null;
}

/** Spans of `to` whose parent is a span of `from`. */
export interface MapCall {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  readonly errors: number;
}

/** Spans of `to` that link to spans of `from`. The work goes from `from` to `to`. */
export interface MapLink {
  /** For `link` in `GET /api/v1/journeys`. */
  readonly id: number;
  readonly from: number;
  readonly to: number;
  readonly relation: string;
  /** Links with both ends stored. */
  readonly count: number;
  /** Links on spans that failed. */
  readonly errors: number;
  /** From the end of the linked span to the start of the linking span. */
  readonly p50Ns: number;
  readonly p95Ns: number;
  readonly maxNs: number;
}

/** Journeys that wait for one operation. */
export interface MapWaiting {
  /** Ids of nodes; `null` if the operation is not on the map or unknown. */
  readonly from: number | null;
  readonly to: number | null;
  readonly count: number;
  /** The start of the oldest wait, unix ns, and its journey. */
  readonly oldest: string;
  readonly journeyId: string;
}

/**
 * The time range of a map: whole minutes, tens of minutes above 90 minutes, hours above a day. Unix
 * times in ns, without the end.
 */
export interface MapRange {
  readonly from: string;
  readonly to: string;
  /**
   * The first time in the range with any counts; `to` if there are none. Rates are counts divided
   * by the time since then.
   */
  readonly since: string;
  /** Spans that came in but are not counted yet. */
  readonly pendingSpans: number;
}

/** `GET /api/v1/map`: operations, the calls and the links between them. */
export interface LinkMap extends MapRange {
  readonly nodes: readonly MapNode[];
  readonly calls: readonly MapCall[];
  readonly links: readonly MapLink[];
  readonly waiting: readonly MapWaiting[];
  /** True if there are more operations or pairs than the answer has or the store counts. */
  readonly truncated: boolean;
}

/** The waits of messages between two operations. */
export interface WaitHistory {
  readonly link: MapLink;
  readonly from: Pick<MapNode, 'service' | 'operation'>;
  readonly to: Pick<MapNode, 'service' | 'operation'>;
  /** Spans of `from` by column, which can be picked up. */
  readonly arrived: readonly number[];
  /** Links by column. */
  readonly pickedUp: readonly number[];
  /** `[column, bucket, count]`: a wait of bucket b is at least `bucketsNs[b]`. */
  readonly cells: readonly (readonly [number, number, number])[];
}

/** `GET /api/v1/waits`: the waits of each link of the map over time. */
export interface WaitPage extends MapRange {
  /** Width of a column in ns. */
  readonly columnNs: number;
  readonly columns: number;
  /** The start of each bucket in ns, and the end of the last one. */
  readonly bucketsNs: readonly number[];
  /** Most frequent links first. */
  readonly waits: readonly WaitHistory[];
  readonly waiting: readonly (Omit<MapWaiting, 'from' | 'to'> & {
    readonly from: Pick<MapNode, 'service' | 'operation'> | null;
    readonly to: Pick<MapNode, 'service' | 'operation'> | null;
  })[];
  readonly truncated: boolean;
}
