/** `GET /api/v1/services`. */
export interface ServiceList {
  readonly services: readonly { readonly service: string; readonly operations: readonly string[] }[];
}

/** `GET /api/v1/suggestions?q=&at=`: completions at a place of a query. */
export interface Suggestions {
  /** The part of the query that a suggestion replaces. */
  readonly from: number;
  readonly to: number;
  readonly suggestions: readonly { readonly text: string; readonly hint: string }[];
}

/** `GET /api/v1/stats`: the content of the explorer and what it has done since it started. */
export interface ExplorerStats {
  readonly traces: number;
  readonly spans: number;
  readonly links: number;
  /** Log records, also those without a trace. */
  readonly logs: number;
  readonly bytes: number;
  /** Unix time in ns; `null` if nothing is stored. */
  readonly oldest: string | null;
  readonly newest: string | null;
  readonly retention: { readonly maxAgeMs: number; readonly maxBytes: number };
  /** Counts of spans, and of log records. */
  readonly sinceStart: SignalStats & { readonly logs: SignalStats };
}

/** Counts of one signal since the explorer started. */
export interface SignalStats {
  readonly received: number;
  readonly stored: number;
  readonly duplicates: number;
  readonly refused: number;
  readonly evicted: number;
}

/**
 * `GET /api/v1/rejections`: why whole requests were refused in the last ten minutes, latest reason
 * first.
 */
export interface RejectionList {
  readonly rejections: readonly RequestRejections[];
}

/** The requests that were refused for one reason. */
export interface RequestRejections {
  /** A fixed word, as in the metric `trace_explorer_requests_refused_total`. */
  readonly reason: string;
  /** The reason in plain words. */
  readonly title: string;
  readonly count: number;
  /** ISO 8601, in UTC. */
  readonly firstTime: string;
  readonly lastTime: string;
  /** The last of these requests. All texts come from outside. */
  readonly last: {
    readonly protocol: 'http' | 'grpc';
    /** The HTTP status, or the name of the gRPC status. */
    readonly status: string;
    /** The answer to the request. */
    readonly message: string;
    /** Address of the sender. */
    readonly sender: string;
    readonly service: string | null;
    readonly userAgent: string | null;
  };
}
