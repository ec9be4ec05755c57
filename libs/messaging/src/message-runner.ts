import { context, SpanStatusCode, type Tracer } from '@opentelemetry/api';
import { captureTraceContext, messageConsumer, type MessageConsumer } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { errorText } from '@span-links/service-shell';
import {
  PoisonMessageError,
  type ConsumerDescription,
  type Message,
  type MessageHandler,
} from './consume-messages.decorator.ts';
import { deadLetterOf, deadLetterRow, earlierAttempts } from './dead-letters.ts';
import { Inbox, StaleAttemptError, type Claim } from './inbox.ts';
import { INSERT_OUTBOX_ROW, outboxParameters } from './outbox/outbox-row.ts';
import {
  deadLetterDestination,
  pauseAfter,
  type Backoff,
  type DeliveredMessage,
  type Settlement,
  type TransportName,
} from './transport.ts';

export interface MessageRunnerOptions {
  readonly dataSource: DataSource;
  readonly system: TransportName;
  readonly consumer: ConsumerDescription;
  readonly handler: MessageHandler;
  readonly backoff: Backoff;
  readonly tracer: Tracer;
  readonly onDead: (destination: string) => void;
  readonly onTrouble: (sentence: string) => void;
}

const DEFAULT_MAX_ATTEMPTS = 5;
const DUPLICATE = { 'spanlinks.duplicate': true };
const MESSAGES_FAILED = 'spanlinks.messages.failed';
/** If the inbox cannot be reached, the broker delivers the message again after this pause. */
const INBOX_AWAY_PAUSE_MS = 1_000;

/**
 * Handles the messages of one consumer in the same way for every broker. Effects and inbox share one transaction. Spans link to the
 * producers and to the previous attempt. It also does retries and dead letters.
 */
export class MessageRunner {
  readonly #options: MessageRunnerOptions;
  readonly #inbox: Inbox;
  readonly #spans: MessageConsumer<DeliveredMessage>;

  constructor(options: MessageRunnerOptions) {
    const { destination, group, parent } = options.consumer;
    this.#options = options;
    this.#inbox = new Inbox(options.dataSource, `${destination}/${group}`);
    this.#spans = messageConsumer<DeliveredMessage>({
      system: options.system,
      destination,
      headers: (message) => message.headers,
      id: (message) => message.id,
      sentAt: (message) => message.sentAt,
      attributes: (message) => message.attributes,
      tracer: options.tracer,
      parent,
    });
  }

  /** Never rejects: the settlement of a message tells its failure. */
  async deliver(messages: readonly DeliveredMessage[]): Promise<Settlement[]> {
    if (this.#options.consumer.batch === undefined || messages.length === 1) {
      return Promise.all(messages.map((message) => this.#handle(message)));
    }
    try {
      return await this.#deliverBatch(messages);
    } catch (error) {
      this.#tellInboxAway(error);
      return messages.map(() => ({ retryAfterMs: INBOX_AWAY_PAUSE_MS }));
    }
  }

  /**
   * Handles messages that were never seen together. The others are duplicates or had an attempt that failed or died. Each of those is
   * claimed and handled on its own, so that a message that kills its process does not kill the same neighbours again and again.
   */
  async #deliverBatch(messages: readonly DeliveredMessage[]): Promise<Settlement[]> {
    const isNew = await this.#inbox.claimNew(messages.map((message) => message.id));
    const seen = new Set<string>();
    const fresh = messages.filter(({ id }) => isNew.has(id) && !seen.has(id) && seen.add(id));
    const settlements = new Map<DeliveredMessage, Settlement>();
    const outcomes = fresh.length > 0 ? await this.#handleTogether(fresh) : [];
    fresh.forEach((message, position) => settlements.set(message, outcomes[position] ?? 'done'));
    for (const message of messages) {
      if (!settlements.has(message)) settlements.set(message, await this.#handle(message));
    }
    return messages.map((message) => settlements.get(message) ?? 'done');
  }

  /** Handles one message in its own transaction and span. */
  async #handle(message: DeliveredMessage): Promise<Settlement> {
    let claim: Claim;
    try {
      claim = await this.#inbox.claim(message.id);
    } catch (error) {
      this.#tellInboxAway(error);
      return { retryAfterMs: INBOX_AWAY_PAUSE_MS };
    }
    if (claim.isDone) {
      this.#spans.one(message, () => undefined, { attributes: DUPLICATE });
      return 'done';
    }
    // The consumer died in every attempt, so nothing recorded a failure.
    if (claim.attempt > this.#maxAttempts)
      return this.#bury(message, claim, 'its consumer died in every attempt');
    // A dead letter continues the count of its earlier attempts and links to the last one.
    const earlier = earlierAttempts(message);
    const facts = {
      attempt: claim.attempt + (earlier?.attempts ?? 0),
      previousAttempt: claim.previous ?? (earlier && { carrier: earlier.lastCarrier, outcome: 'failed' }),
    };
    try {
      await this.#spans.one(
        message,
        async () => {
          await this.#inbox.recordSpans([{ ...claim, carrier: captureTraceContext() }]);
          await this.#options.dataSource.transaction(async (manager) => {
            await this.#callHandler(message, manager, claim.attempt);
            await this.#inbox.finish(manager, [claim]);
          });
        },
        facts,
      );
      return 'done';
    } catch (error) {
      return this.#failed(message, claim, error);
    }
  }

  /** Handles messages that were never seen in one transaction. A message that fails is rolled back alone. */
  async #handleTogether(messages: readonly DeliveredMessage[]): Promise<Settlement[]> {
    const claims = messages.map(({ id }): Claim => ({
      messageId: id,
      attempt: 1,
      isDone: false,
      previous: undefined,
    }));
    const batch = this.#spans.startBatch(messages);
    if (!batch) return [];
    const failures = new Map<number, unknown>();
    try {
      await this.#inbox.recordSpans(
        claims.map((claim, position) => ({
          ...claim,
          carrier: captureTraceContext(batch.contextOf(position)),
        })),
      );
      await this.#options.dataSource.transaction(async (manager) => {
        for (const [position, message] of messages.entries()) {
          await manager.query('SAVEPOINT message');
          try {
            await context.with(batch.contextOf(position), () => this.#callHandler(message, manager, 1));
          } catch (error) {
            failures.set(position, error);
            await manager.query('ROLLBACK TO SAVEPOINT message');
            const span = batch.spanOf(position);
            span.recordException(error instanceof Error ? error : String(error));
          }
          await manager.query('RELEASE SAVEPOINT message');
        }
        const done = claims.filter((_, position) => !failures.has(position));
        if (done.length > 0) await this.#inbox.finish(manager, done);
      });
    } catch (error) {
      // Everything was rolled back. Each message gets another attempt on its own.
      batch.fail(error);
      messages.forEach((_, position) => failures.set(position, failures.get(position) ?? error));
    }
    if (failures.size > 0) {
      batch.span.setAttribute(MESSAGES_FAILED, failures.size);
      batch.span.setStatus({
        code: SpanStatusCode.ERROR,
        message: `${failures.size} of ${messages.length} messages failed`,
      });
    }
    batch.end();
    const settlements: Settlement[] = [];
    for (const [position, message] of messages.entries()) {
      const claim = claims[position] as Claim;
      settlements.push(
        failures.has(position) ? await this.#failed(message, claim, failures.get(position)) : 'done',
      );
    }
    return settlements;
  }

  async #callHandler(delivered: DeliveredMessage, manager: EntityManager, attempt: number): Promise<void> {
    if (delivered.unreadable !== undefined) throw new PoisonMessageError(delivered.unreadable);
    const { id, key, body, sentAt } = delivered;
    const deadLetter = deadLetterOf(delivered);
    const message: Message = {
      ...{ id, key, body, sentAt, destination: this.#options.consumer.destination },
      ...(deadLetter && { deadLetter }),
    };
    await this.#options.handler(message, { manager, attempt });
  }

  async #failed(message: DeliveredMessage, claim: Claim, error: unknown): Promise<Settlement> {
    // A later attempt that claimed the message settles it.
    const pause = { retryAfterMs: pauseAfter(claim.attempt, this.#options.backoff) };
    if (error instanceof StaleAttemptError) return pause;
    const reason = errorText(error);
    if (claim.attempt >= this.#maxAttempts || error instanceof PoisonMessageError) {
      return this.#bury(message, claim, reason);
    }
    try {
      await this.#inbox.fail(claim.messageId, claim.attempt, reason);
    } catch {
      // The next attempt will call this one unfinished.
    }
    return pause;
  }

  /** Moves a message to the dead letters. The same commit marks it as done, so it becomes a dead letter only once. */
  async #bury(message: DeliveredMessage, claim: Claim, reason: string): Promise<Settlement> {
    const { consumer, dataSource, onDead, onTrouble } = this.#options;
    const destination = deadLetterDestination(consumer.destination);
    // A dead letter whose handler fails has no further destination. It stays in the inbox with its error.
    const isDeadAlready = consumer.destination.endsWith('.dead');
    try {
      await dataSource.transaction(async (manager) => {
        await this.#inbox.finish(manager, [claim], 'dead', reason);
        if (isDeadAlready) return;
        const lastCarrier = await this.#inbox.carrierOf(manager, claim);
        const row = deadLetterRow(destination, message, {
          group: consumer.group,
          attempts: Math.min(claim.attempt, this.#maxAttempts),
          error: reason,
          lastCarrier,
        });
        await manager.query(INSERT_OUTBOX_ROW, outboxParameters(row));
      });
    } catch {
      return { retryAfterMs: pauseAfter(claim.attempt, this.#options.backoff) };
    }
    onTrouble(
      `A message of ${consumer.destination} failed for good in ${consumer.group} after ${claim.attempt} attempt(s)` +
        (isDeadAlready ? '.' : ` and is in ${destination} now.`),
    );
    onDead(destination);
    return 'done';
  }

  get #maxAttempts(): number {
    return this.#options.consumer.maxAttempts ?? DEFAULT_MAX_ATTEMPTS;
  }

  #tellInboxAway(error: unknown): void {
    this.#options.onTrouble(`The inbox could not be asked, so messages wait: ${errorText(error)}.`);
  }
}
