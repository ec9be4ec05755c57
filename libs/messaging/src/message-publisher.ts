import type { Tracer } from '@opentelemetry/api';
import { sendMessage, sendMessages } from '@span-links/tracing';
import type { EntityManager } from 'typeorm';
import { v7 as uuidv7 } from 'uuid';
import {
  INSERT_OUTBOX_ROW,
  outboxParameters,
  outboxRow,
  type MessageContent,
  type OutboxRow,
} from './outbox/outbox-row.ts';
import type { TransportName } from './transport.ts';

export interface MessagePublisherOptions {
  readonly system: TransportName;
  readonly destinations: readonly string[];
  readonly tracer: Tracer;
  readonly onWritten: (destination: string) => void;
}

/** Options for publishing several messages at once. */
export interface PublishManyOptions {
  /**
   * `each` (the default) gives every message its own context. With `shared`, consumers of all messages link to the one `send` span,
   * so all messages together cost one span.
   */
  readonly context?: 'each' | 'shared';
}

const INSERT_OUTBOX_ROWS = `
  INSERT INTO messaging_outbox (id, destination, key, body, headers)
  SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::json[], $5::json[])`;

/**
 * Publishes messages through the outbox. A message is a row in the caller's transaction, so a rollback also removes the message.
 * The `send` span covers the write of the row. The relay takes the message to the broker after the commit.
 */
export class MessagePublisher {
  readonly #options: MessagePublisherOptions;

  constructor(options: MessagePublisherOptions) {
    this.#options = options;
  }

  /**
   * Publishes one message in a transaction.
   *
   * @param manager the manager of the transaction. With the manager of the data source, the message is committed at once.
   * @returns the id of the message.
   */
  publish(manager: EntityManager, content: MessageContent): Promise<string> {
    return this.publishWith(content, async (row) => {
      await manager.query(INSERT_OUTBOX_ROW, outboxParameters(row));
      return row.id;
    });
  }

  /**
   * Publishes one message whose row the caller writes, for example in one statement with its own row. See {@link INSERT_OUTBOX_ROW}.
   * The `send` span is active during `write` and ends with it.
   *
   * @returns what `write` returns. @throws what `write` throws.
   */
  publishWith<T>(content: MessageContent, write: (row: OutboxRow) => Promise<T>): Promise<T> {
    const { destination } = content;
    this.#check(destination);
    const id = content.id ?? uuidv7();
    const written = sendMessage({ ...this.#spanOf(destination), id }, (carrier) =>
      write(outboxRow({ ...content, id }, carrier)),
    );
    return written.then((result) => {
      this.#options.onWritten(destination);
      return result;
    });
  }

  /** Publishes messages for one destination in one statement. @returns their ids, in the same order. */
  async publishMany(
    manager: EntityManager,
    destination: string,
    contents: readonly Omit<MessageContent, 'destination'>[],
    { context = 'each' }: PublishManyOptions = {},
  ): Promise<string[]> {
    this.#check(destination);
    const messages = contents.map((content) => ({ ...content, destination, id: content.id ?? uuidv7() }));
    const options = { ...this.#spanOf(destination), context, id: ({ id }: { id: string }) => id };
    await sendMessages(options, messages, async (carriers) => {
      if (messages.length === 0) return;
      const rows = messages.map((message, position) => outboxRow(message, carriers[position] ?? {}));
      await manager.query(INSERT_OUTBOX_ROWS, [
        rows.map((row) => row.id),
        rows.map((row) => row.destination),
        rows.map((row) => row.key),
        rows.map((row) => row.body),
        rows.map((row) => row.headers),
      ]);
    });
    this.#options.onWritten(destination);
    return messages.map(({ id }) => id);
  }

  #spanOf(destination: string) {
    return { system: this.#options.system, destination, tracer: this.#options.tracer };
  }

  #check(destination: string): void {
    if (this.#options.destinations.includes(destination)) return;
    throw new Error(
      `there is no destination ${destination}; there are ${this.#options.destinations.join(', ')}. Add it to the destinations of messaging.`,
    );
  }
}
