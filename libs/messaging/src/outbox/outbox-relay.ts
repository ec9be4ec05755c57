import { context, ROOT_CONTEXT, SpanKind, type Link, type Tracer } from '@opentelemetry/api';
import { captureTraceContext, inSpan, linkFromCarrier, type TraceCarrier } from '@span-links/tracing';
import type { DataSource, EntityManager } from 'typeorm';
import { errorText } from '@span-links/service-shell';
import { pauseAfter, TransportError, type OutgoingMessage, type Transport } from '../transport.ts';

export interface OutboxRelayOptions {
  readonly dataSource: DataSource;
  readonly transport: Transport;
  readonly destinations: readonly string[];
  readonly tracer: Tracer;
  /** How often to look for rows that no signal announced, in ms. */
  readonly pollMs: number;
  readonly onTrouble: (sentence: string) => void;
}

/** Maximum of messages in one transaction. 500 was as fast as 1,000 and used half the memory (2026-11-29). */
const BATCH_SIZE = 500;
/** A signal can arrive before the commit of its row, so the relay looks again after these pauses, in ms. */
const LOOK_AGAIN_MS = [5, 20, 100];
const BACKOFF = { firstMs: 200, mostMs: 15_000 };
/** Maximum of links on the span of a failed delivery. More links would not tell more about the broker. */
const MAX_LINKS = 16;

// SKIP LOCKED lets any number of relays work side by side.
const TAKE = `
  DELETE FROM messaging_outbox WHERE id IN (
    SELECT id FROM messaging_outbox WHERE destination = $1 ORDER BY id LIMIT $2 FOR UPDATE SKIP LOCKED
  )
  RETURNING id, key, body, headers, sent_at AS "sentAt"`;
const WAITING = 'SELECT DISTINCT destination FROM messaging_outbox';

/**
 * Moves messages from the outbox to the broker. The transaction that publishes a row also deletes it. With pg-boss both are
 * one commit, so each message moves exactly once. Other brokers get it at least once, with an id that consumers recognize.
 *
 * If the broker is away, the rows stay. The relay tries each destination again on its own, with growing pauses.
 */
export class OutboxRelay {
  readonly #options: OutboxRelayOptions;
  readonly #lanes: ReadonlyMap<string, Lane>;
  #poll: NodeJS.Timeout | undefined;
  #isRunning = false;

  constructor(options: OutboxRelayOptions) {
    this.#options = options;
    this.#lanes = new Map(options.destinations.map((name) => [name, new Lane(name, options)]));
  }

  /** Call this when the transport is connected. */
  start(): void {
    this.#isRunning = true;
    this.#schedulePoll(0);
  }

  /** Announces a message that was written, even if it is not committed yet. Costs nothing if the relay is already busy. */
  wake(destination: string): void {
    if (this.#isRunning) this.#lanes.get(destination)?.wake();
  }

  /** Resolves when the running transactions have ended. */
  async stop(): Promise<void> {
    this.#isRunning = false;
    clearTimeout(this.#poll);
    await Promise.all([...this.#lanes.values()].map((lane) => lane.stop()));
  }

  // Finds rows that another process left behind. An idle relay runs only this one short statement.
  #schedulePoll(delayMs: number): void {
    if (!this.#isRunning) return;
    this.#poll = setTimeout(() => {
      void this.#lookForRows().finally(() => this.#schedulePoll(this.#options.pollMs));
    }, delayMs);
    this.#poll.unref();
  }

  async #lookForRows(): Promise<void> {
    try {
      const rows = await this.#options.dataSource.query<{ destination: string }[]>(WAITING);
      for (const { destination } of rows) this.wake(destination);
    } catch {
      // The database is away. The code that writes to it reports that, and there is nothing to relay until it returns.
    }
  }
}

/** Relays the messages of one destination. */
class Lane {
  readonly #destination: string;
  readonly #options: OutboxRelayOptions;
  #running: Promise<void> | undefined;
  #isWoken = false;
  #isStopped = false;
  #failures = 0;
  #lastTrouble: string | undefined;
  #lastAttempt: TraceCarrier | undefined;
  #endPause: (() => void) | undefined;

  constructor(destination: string, options: OutboxRelayOptions) {
    this.#destination = destination;
    this.#options = options;
  }

  wake(): void {
    this.#isWoken = true;
    // A handler that publishes wakes the lane, but the lane outlives the handler: keep its statements out of the handler's trace.
    this.#running ??= context.with(ROOT_CONTEXT, () =>
      this.#run().finally(() => (this.#running = undefined)),
    );
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#endPause?.();
    await this.#running;
  }

  async #run(): Promise<void> {
    for (let idle = 0; idle < LOOK_AGAIN_MS.length && !this.#isStopped;) {
      this.#isWoken = false;
      const moved = await this.#moveAndTell();
      if (this.#isStopped) return;
      if (moved === undefined) await this.#pause(pauseAfter(this.#failures, BACKOFF));
      else if (moved === 0 && !this.#isWoken) await this.#pause(LOOK_AGAIN_MS[idle++] ?? 0);
      else idle = 0;
    }
  }

  /** @returns the number of moved messages, or undefined if it failed. */
  async #moveAndTell(): Promise<number | undefined> {
    try {
      const moved = await this.#options.dataSource.transaction((manager) => this.#move(manager));
      if (moved > 0 && this.#failures > 0) this.#recovered();
      return moved;
    } catch (error) {
      this.#failures++;
      this.#tell(error);
      return undefined;
    }
  }

  async #move(manager: EntityManager): Promise<number> {
    const [rows] = await manager.query<[OutgoingMessage[], number]>(TAKE, [this.#destination, BATCH_SIZE]);
    if (rows.length === 0) return 0;
    // DELETE returns its rows in no defined order.
    rows.sort((a, b) => (a.id < b.id ? -1 : 1));
    await this.#publish(rows, manager);
    return rows.length;
  }

  /**
   * A delivery that works makes no span, because each message already has its `send` span. A delivery that fails makes a span
   * that links to its messages. Each following attempt makes a span that links to the one before, until one works.
   */
  async #publish(messages: readonly OutgoingMessage[], manager: EntityManager): Promise<void> {
    const { transport, tracer } = this.#options;
    const work = () => transport.publish(this.#destination, messages, manager);
    if (this.#failures > 0) return this.#publishInSpan(messages, work);
    const startedAt = Date.now();
    try {
      await work();
    } catch (error) {
      const options = { ...this.#spanOptions(messages), startTime: startedAt };
      inSpan(tracer, `send ${this.#destination}`, options, () => {
        this.#lastAttempt = captureTraceContext();
        throw error;
      });
    }
  }

  #publishInSpan(messages: readonly OutgoingMessage[], work: () => Promise<void>): Promise<void> {
    const options = this.#spanOptions(messages);
    return inSpan(this.#options.tracer, `send ${this.#destination}`, options, () => {
      this.#lastAttempt = captureTraceContext();
      return work();
    });
  }

  #spanOptions(messages: readonly OutgoingMessage[]) {
    const previous = this.#lastAttempt && linkFromCarrier(this.#lastAttempt, 'previous_attempt');
    const links: Link[] = previous ? [previous] : [];
    for (const { id, headers } of messages.slice(0, MAX_LINKS)) {
      const link = linkFromCarrier(headers, 'origin', { 'messaging.message.id': id });
      if (link) links.push(link);
    }
    return {
      kind: SpanKind.CLIENT,
      root: true,
      links,
      attributes: {
        'messaging.system': this.#options.transport.system,
        'messaging.operation.name': 'send',
        'messaging.operation.type': 'send',
        'messaging.destination.name': this.#destination,
        'messaging.batch.message_count': messages.length,
        'spanlinks.attempt': this.#failures + 1,
      },
    };
  }

  // One line for each new reason: an hour without a broker must not fill the disk.
  #tell(error: unknown): void {
    const reason = errorText(error);
    if (reason === this.#lastTrouble) return;
    this.#lastTrouble = reason;
    const what = error instanceof TransportError ? reason : `the outbox could not be read: ${reason}`;
    this.#options.onTrouble(`${what}. Messages for ${this.#destination} wait in the outbox.`);
  }

  #recovered(): void {
    this.#options.onTrouble(`Messages for ${this.#destination} leave the outbox again.`);
    this.#failures = 0;
    this.#lastTrouble = undefined;
    this.#lastAttempt = undefined;
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      this.#endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }
}
