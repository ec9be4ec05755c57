import type { MessageCarrier } from '@span-links/tracing';
import { v7 as uuidv7 } from 'uuid';

/** A row of `messaging_outbox`. Both JSON values are already text. */
export interface OutboxRow {
  readonly id: string;
  readonly destination: string;
  readonly key: string | null;
  readonly body: string;
  readonly headers: string;
}

/** The content of a message, without its trace context. */
export interface MessageContent {
  readonly destination: string;
  /** Any JSON value. */
  readonly body: unknown;
  /** A UUID; a new one by default. */
  readonly id?: string | undefined;
  /** Messages with the same key keep their order if the broker supports it (Kafka). */
  readonly key?: string | undefined;
  /** Headers of the application, in lower case. Headers of the trace context replace headers with the same name. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/**
 * Writes a row. To save a round trip, write it in one statement with your own row:
 *
 * ```sql
 * WITH received AS (INSERT INTO orders … RETURNING id),
 *      message AS (INSERT INTO messaging_outbox (id, destination, key, body, headers) SELECT $2, $3, $4, $5, $6 FROM received)
 * SELECT id FROM received
 * ```
 */
export const INSERT_OUTBOX_ROW =
  'INSERT INTO messaging_outbox (id, destination, key, body, headers) VALUES ($1, $2, $3, $4, $5)';

/** Builds the row of a message, with the carrier that `sendMessage` of the tracing library provides. */
export function outboxRow(
  { destination, body, id, key, headers }: MessageContent,
  carrier: MessageCarrier,
): OutboxRow {
  return {
    id: id ?? uuidv7(),
    destination,
    key: key ?? null,
    body: JSON.stringify(body ?? null),
    headers: JSON.stringify({ ...headers, ...carrier }),
  };
}

/** The parameters of {@link INSERT_OUTBOX_ROW}, in their order. */
export function outboxParameters(row: OutboxRow): (string | null)[] {
  return [row.id, row.destination, row.key, row.body, row.headers];
}
