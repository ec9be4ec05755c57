/**
 * The engine's view of a span. It has all that journeys need, so the tables or blocks that hold
 * spans can change without it. Times are unix time in ns.
 */
export interface JourneySpan {
  /** 32 hex digits. */
  readonly traceId: string;
  /** 16 hex digits. */
  readonly spanId: string;
  readonly parentSpanId: string | null;
  readonly service: string;
  readonly operation: string;
  /** As in OTLP: 0 unspecified, 1 internal, 2 server, 3 client, 4 producer, 5 consumer. */
  readonly kind: number;
  readonly startNs: bigint;
  readonly endNs: bigint;
  readonly isError: boolean;
  /** The status message, or the message of the span's exception; '' if there is none. */
  readonly message: string;
  /** `http.response.status_code` of a server span. */
  readonly httpStatus?: number | undefined;
  /** Attributes that may name the item of the span, such as `order.id`. */
  readonly names?: Readonly<Record<string, string>> | undefined;
  readonly links: readonly JourneyLink[];
}

export interface JourneyLink {
  readonly traceId: string;
  readonly spanId: string;
  /** `spanlinks.relation`. */
  readonly relation?: string | undefined;
  /** `messaging.message.id`: names the item if the target's span does not. */
  readonly messageId?: string | undefined;
}

export const SPAN_KIND = { server: 2, client: 3, producer: 4, consumer: 5 } as const;

/**
 * The key that tells operations apart. Names of services and spans may contain anything, so the
 * separator is a rare character. Postgres can store it in `jsonb`, which it cannot with U+0000.
 */
export function operationKey({ service, operation }: Pick<JourneySpan, 'service' | 'operation'>): string {
  return `${service}\u001f${operation}`;
}
