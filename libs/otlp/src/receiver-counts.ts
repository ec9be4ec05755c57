/** Figures of a receiver since its start or its last `clear()`. */
export interface ReceiverCounts {
  /** All requests to the OTLP paths, refused ones included. */
  readonly requests: number;
  /** Requests not taken, for whatever reason. */
  readonly refused: number;
  /** Requests taken, by signal. */
  readonly traces: number;
  readonly metrics: number;
  readonly logs: number;
  /** In the trace requests taken. */
  readonly spans: number;
  readonly links: number;
  /** Of all requests taken: unpacked, and as sent. */
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
