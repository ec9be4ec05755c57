/** Figures of a receiver since its start or its last `clear()`. */
export interface ReceiverCounts {
  /** All requests to the OTLP paths, including refused ones. */
  readonly requests: number;
  /** Requests that were not accepted, for any reason. */
  readonly refused: number;
  /** Accepted requests, by signal. */
  readonly traces: number;
  readonly metrics: number;
  readonly logs: number;
  /** Spans in the accepted trace requests. */
  readonly spans: number;
  readonly links: number;
  /** Bytes of all accepted requests: decompressed, and as sent. */
  readonly bytes: number;
  readonly bytesOnWire: number;
}

export const NO_COUNTS: ReceiverCounts = {
  requests: 0,
  refused: 0,
  traces: 0,
  metrics: 0,
  logs: 0,
  spans: 0,
  links: 0,
  bytes: 0,
  bytesOnWire: 0,
};

export function addCounts(counts: ReceiverCounts, more: Partial<ReceiverCounts>): ReceiverCounts {
  const sum: { -readonly [Name in keyof ReceiverCounts]: number } = { ...counts };
  for (const name of Object.keys(more) as (keyof ReceiverCounts)[]) sum[name] += more[name] ?? 0;
  return sum;
}
