import { captureTraceContext } from '../carrier.ts';
import type { EarlierDelivery } from '../message-description.ts';

/**
 * Runs a statement, like `query` of node-postgres. Run it in the transaction of the work where the documentation asks
 * for that.
 */
export type InboxQuery = (
  sql: string,
  values: unknown[],
) => PromiseLike<{ readonly rows: readonly Record<string, unknown>[] }>;

/** An inbox table and its consumer group. */
export interface InboxOptions {
  /** The consumer group: each group handles a message once. */
  readonly consumer: string;
  readonly query: InboxQuery;
  /** The name of the table, `inbox` by default; see {@link inboxTable}. */
  readonly table?: string;
}

/** One delivery of a message. Pass it to `messageConsumer().one(message, work, delivery)`. */
export interface InboxDelivery {
  readonly id: string;
  /** From 1. */
  readonly attempt: number;
  /** The previous delivery, unless this is the first. Its outcome is `unfinished` if it did not fail and did not finish. */
  readonly previousAttempt: EarlierDelivery | undefined;
  /** The message was handled before, so this delivery is a duplicate. */
  readonly isDone: boolean;
}

/** Counts deliveries for a broker that does not count, and lets a consumer handle each message once. */
export interface Inbox {
  /** Records a delivery before its span starts. Counts an attempt unless the message is done. */
  receive(id: string): Promise<InboxDelivery>;
  /** Stores the active span as the attempt's span. Call it before the work: a killed process cannot store it later. */
  started(delivery: InboxDelivery): Promise<void>;
  /**
   * Marks the message as done, in the transaction of its work.
   *
   * @param query runs in that transaction.
   * @returns false if another delivery has marked it meanwhile. Roll back then; otherwise the work takes effect twice.
   */
  done(delivery: InboxDelivery, query?: InboxQuery): Promise<boolean>;
  /** Records that the attempt has failed, after its transaction. Otherwise the attempt counts as unfinished. */
  failed(delivery: InboxDelivery): Promise<void>;
}

/** The statement that creates an inbox table in PostgreSQL, for your migrations. */
export function inboxTable(table = 'inbox'): string {
  return `CREATE TABLE IF NOT EXISTS ${quoted(table)} (
  consumer text NOT NULL,
  message_id text NOT NULL,
  attempt integer NOT NULL,
  carrier jsonb,
  carrier_attempt integer,
  failed_attempt integer,
  received_at timestamptz NOT NULL DEFAULT now(),
  done_at timestamptz,
  PRIMARY KEY (consumer, message_id)
)`;
}

/**
 * An inbox in PostgreSQL:
 *
 * ```ts
 * const delivery = await inbox.receive(id);
 * if (delivery.isDone) return;
 * await orders.one(message, () => handle(message, delivery), delivery);
 * ```
 *
 * where `handle` calls `started`, does its work in a transaction, and calls `done` in it. Delete old rows by `done_at`.
 */
export function openInbox({ consumer, query, table = 'inbox' }: InboxOptions): Inbox {
  const name = quoted(table);
  const ofDelivery = `consumer = $1 AND message_id = $2`;
  return {
    async receive(id) {
      const { rows } = await query(
        `INSERT INTO ${name} AS known (consumer, message_id, attempt) VALUES ($1, $2, 1)
         ON CONFLICT (consumer, message_id) DO UPDATE
           SET attempt = CASE WHEN known.done_at IS NULL THEN known.attempt + 1 ELSE known.attempt END
         RETURNING attempt, carrier, carrier_attempt, failed_attempt, done_at IS NOT NULL AS is_done`,
        [consumer, id],
      );
      return deliveryOf(id, rows[0] ?? {});
    },
    async started({ id, attempt }) {
      // Only for the newest attempt: an older one may still run, after a rebalance.
      await query(
        `UPDATE ${name} SET carrier = $4, carrier_attempt = $3 WHERE ${ofDelivery} AND attempt = $3`,
        [consumer, id, attempt, JSON.stringify(captureTraceContext() ?? null)],
      );
    },
    async done({ id }, inTransaction = query) {
      const { rows } = await inTransaction(
        `UPDATE ${name} SET done_at = now() WHERE ${ofDelivery} AND done_at IS NULL RETURNING attempt`,
        [consumer, id],
      );
      return rows.length === 1;
    },
    async failed({ id, attempt }) {
      await query(`UPDATE ${name} SET failed_attempt = $3 WHERE ${ofDelivery} AND attempt = $3`, [
        consumer,
        id,
        attempt,
      ]);
    },
  };
}

function deliveryOf(id: string, row: Record<string, unknown>): InboxDelivery {
  const isDone = row['is_done'] === true;
  const counted = Number(row['attempt'] ?? 1);
  // A duplicate counts as another delivery, and links to the attempt that did the work.
  const attempt = isDone ? counted + 1 : counted;
  const before = attempt - 1;
  return { id, attempt, previousAttempt: before === 0 ? undefined : earlierOf(row, before, isDone), isDone };
}

function earlierOf(row: Record<string, unknown>, number: number, isDone: boolean): EarlierDelivery {
  // The attempt may have been killed before it stored its span.
  const carrier = row['carrier_attempt'] === number ? row['carrier'] : undefined;
  if (isDone) return { carrier };
  return { carrier, outcome: row['failed_attempt'] === number ? 'failed' : 'unfinished' };
}

/** Quotes a name, with or without a schema, for use in a statement. */
function quoted(table: string): string {
  return table
    .split('.')
    .map((part) => `"${part.replaceAll('"', '""')}"`)
    .join('.');
}
