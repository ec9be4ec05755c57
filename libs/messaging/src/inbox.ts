import type { TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';

/** What the inbox knows about a message that it has just claimed. */
export interface Claim {
  readonly messageId: string;
  /** Starts at 1. It also distinguishes this attempt from a later one. */
  readonly attempt: number;
  /** The message was handled before. */
  readonly isDone: boolean;
  /** The previous attempt. Its carrier is undefined if the attempt died before it had a span. */
  readonly previous: PreviousDelivery | undefined;
}

export interface PreviousDelivery {
  readonly carrier: unknown;
  /** `unfinished`: its process died, or it still runs but can no longer commit. Its span may never arrive. */
  readonly outcome: 'failed' | 'unfinished';
}

/** Another consumer has claimed the message since. This attempt must have no effect, so its transaction is rolled back. */
export class StaleAttemptError extends Error {
  override readonly name = 'StaleAttemptError';
}

interface ClaimRow {
  readonly message_id: string;
  readonly attempt: number;
  readonly carrier: unknown;
  readonly carrier_attempt: number | null;
  readonly outcome: string | null;
  readonly done_at: Date | null;
}

const CLAIM = `
  INSERT INTO messaging_inbox (consumer, message_id) VALUES ($1, $2)
  ON CONFLICT (consumer, message_id) DO UPDATE SET
    attempt = messaging_inbox.attempt + CASE WHEN messaging_inbox.done_at IS NULL THEN 1 ELSE 0 END
  RETURNING message_id, attempt, carrier, carrier_attempt, outcome, done_at`;
// Claims in the order of the ids, so that two consumers with the same messages wait for each other instead of deadlocking.
const CLAIM_NEW = `
  INSERT INTO messaging_inbox (consumer, message_id)
  SELECT $1, id FROM unnest($2::text[]) AS message (id) ORDER BY id
  ON CONFLICT DO NOTHING RETURNING message_id`;
const RECORD_SPANS = `
  UPDATE messaging_inbox SET carrier = span.carrier::jsonb, carrier_attempt = messaging_inbox.attempt, outcome = NULL
  FROM unnest($2::text[], $3::int[], $4::text[]) AS span (id, attempt, carrier)
  WHERE consumer = $1 AND message_id = span.id AND messaging_inbox.attempt = span.attempt`;
const FINISH = `
  UPDATE messaging_inbox SET done_at = clock_timestamp(), outcome = $4, error = $5
  FROM unnest($2::text[], $3::int[]) AS message (id, attempt)
  WHERE consumer = $1 AND message_id = message.id AND messaging_inbox.attempt = message.attempt AND done_at IS NULL`;
const FAIL = `
  UPDATE messaging_inbox SET outcome = 'failed', error = $4
  WHERE consumer = $1 AND message_id = $2 AND attempt = $3 AND done_at IS NULL`;
const CARRIER = `
  SELECT carrier FROM messaging_inbox
  WHERE consumer = $1 AND message_id = $2 AND carrier_attempt = $3`;
const CLEAN = `
  DELETE FROM messaging_inbox WHERE (consumer, message_id) IN (
    SELECT consumer, message_id FROM messaging_inbox WHERE done_at < now() - $1 * interval '1 ms' LIMIT 5000)`;

/** Longer error texts are cut. */
const MAX_ERROR_LENGTH = 500;

/**
 * Records the messages that one consumer has seen, in the table `messaging_inbox`. An effect happens once, because its
 * transaction also marks the message as done, and only if no later attempt has claimed it.
 */
export class Inbox {
  constructor(
    private readonly dataSource: DataSource,
    private readonly consumer: string,
  ) {}

  /** Starts an attempt at a message, unless the message is done. */
  async claim(messageId: string): Promise<Claim> {
    const [row] = await this.dataSource.query<ClaimRow[]>(CLAIM, [this.consumer, messageId]);
    if (!row) throw new Error('the inbox returned no row for a claim');
    const { attempt, carrier, carrier_attempt: carrierAttempt, outcome, done_at: doneAt } = row;
    return {
      messageId,
      attempt,
      isDone: doneAt !== null,
      previous:
        attempt === 1 || doneAt !== null
          ? undefined
          : {
              // A carrier of an older attempt would name the wrong span.
              carrier: carrierAttempt === attempt - 1 ? carrier : undefined,
              outcome: outcome === 'failed' && carrierAttempt === attempt - 1 ? 'failed' : 'unfinished',
            },
    };
  }

  /** Starts the first attempt at the messages that were never seen, in one statement. @returns their ids. */
  async claimNew(messageIds: readonly string[]): Promise<ReadonlySet<string>> {
    const rows = await this.dataSource.query<{ message_id: string }[]>(CLAIM_NEW, [
      this.consumer,
      [...new Set(messageIds)],
    ]);
    return new Set(rows.map((row) => row.message_id));
  }

  /** Stores the spans of attempts before the work begins. If an attempt is killed, the next one can link to it. */
  async recordSpans(
    attempts: readonly { messageId: string; attempt: number; carrier: TraceCarrier | undefined }[],
  ): Promise<void> {
    const known = attempts.filter(({ carrier }) => carrier !== undefined);
    if (known.length === 0) return;
    await this.dataSource.query(RECORD_SPANS, [
      this.consumer,
      known.map(({ messageId }) => messageId),
      known.map(({ attempt }) => attempt),
      known.map(({ carrier }) => JSON.stringify(carrier)),
    ]);
  }

  /**
   * Marks messages as handled, in the transaction of their effects.
   *
   * @throws {StaleAttemptError} if another consumer has claimed one of them since.
   */
  async finish(
    manager: EntityManager,
    attempts: readonly { messageId: string; attempt: number }[],
    outcome: 'done' | 'dead' = 'done',
    error: string | null = null,
  ): Promise<void> {
    const result = await manager.query<[unknown[], number]>(FINISH, [
      this.consumer,
      attempts.map(({ messageId }) => messageId),
      attempts.map(({ attempt }) => attempt),
      outcome,
      error?.slice(0, MAX_ERROR_LENGTH) ?? null,
    ]);
    if (result[1] !== attempts.length) {
      throw new StaleAttemptError('the message was claimed by another consumer in the meantime');
    }
  }

  /** Notes that an attempt failed. Does nothing if another consumer has claimed the message since. */
  async fail(messageId: string, attempt: number, error: string): Promise<void> {
    await this.dataSource.query(FAIL, [this.consumer, messageId, attempt, error.slice(0, MAX_ERROR_LENGTH)]);
  }

  /** Returns the carrier of the span of an attempt, or undefined if it never had a span. */
  async carrierOf(manager: EntityManager, { messageId, attempt }: Claim): Promise<unknown> {
    const rows = await manager.query<{ carrier: unknown }[]>(CARRIER, [this.consumer, messageId, attempt]);
    return rows[0]?.carrier;
  }

  /** Forgets messages that were done long ago. A duplicate that arrives even later is handled again. */
  static async clean(dataSource: DataSource, olderThanMs: number): Promise<void> {
    for (;;) {
      const [, count] = await dataSource.query<[unknown[], number]>(CLEAN, [olderThanMs]);
      if (count < 5_000) return;
    }
  }
}
