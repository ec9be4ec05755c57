/** `GET /api/v1/services`. */
export interface ServiceList {
  readonly services: readonly { readonly service: string; readonly operations: readonly string[] }[];
}

/** `GET /api/v1/suggestions?q=&at=`: what may stand at a place of a query. */
export interface Suggestions {
  /** The part of the query that a suggestion replaces. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly { readonly text: string; readonly hint: string }[];
}

/** `GET /api/v1/stats`: what the explorer holds and has done since it started. */
export interface ExplorerStats {
  readonly traces: number;
  readonly spans: number;
  readonly links: number;
  readonly bytes: number;
  /** Unix time in ns; `null` where nothing is stored. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  readonly sinceStart: {
    readonly received: number;
    readonly stored: number;
    readonly duplicates: number;
    readonly refused: number;
    readonly evicted: number;
  };
}
