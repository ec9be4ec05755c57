import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerMessages, JetStreamClient, JetStreamManager, JsMsg } from '@nats-io/jetstream';
import type { MsgHdrs, NatsConnection } from '@nats-io/transport-node';
import {
  TransportError,
  type Deliver,
  type DeliveredMessage,
  type OutgoingMessage,
  type Subscription,
  type Transport,
  type TransportOptions,
} from '../transport.ts';
import { bodyFrom, MESSAGE_ID_HEADER } from './wire-format.ts';

export interface NatsSettings {
  /** `nats://host:port`, with `user:password@` before the host to log in. */
  readonly url: string;
}

const PUBLISH_TIMEOUT_MS = 5_000;
const CONNECT_TIMEOUT_MS = 3_000;
const NS_PER_MS = 1_000_000;
/** A stream needs a limit: messages that nobody took for this long are dropped. */
const KEEP_MS = 14 * 24 * 3_600_000;
const GATHER_MS = 3;
const SENT_AT_HEADER = 'sent-at';

/** Sends messages through NATS JetStream, with one stream for each destination and one durable consumer for each group. */
export class NatsTransport implements Transport {
  readonly system = 'nats';
  readonly #settings: NatsSettings;
  readonly #options: TransportOptions;
  readonly #deliveries: Delivering[] = [];
  #client: { connection: NatsConnection; manager: JetStreamManager; stream: JetStreamClient } | undefined;

  constructor(settings: NatsSettings, options: TransportOptions) {
    this.#settings = settings;
    this.#options = options;
  }

  async start(): Promise<void> {
    if (this.#client) return;
    const { connect } = await import('@nats-io/transport-node');
    const { jetstream, jetstreamManager } = await import('@nats-io/jetstream');
    const { hostname, port, username, password, protocol } = new URL(this.#settings.url);
    let connection: NatsConnection | undefined;
    try {
      connection = await connect({
        servers: `${hostname}:${port || '4222'}`,
        name: 'span-links',
        timeout: CONNECT_TIMEOUT_MS,
        maxReconnectAttempts: -1,
        reconnectTimeWait: 500,
        ...(username !== '' && { user: decodeURIComponent(username), pass: decodeURIComponent(password) }),
        ...(protocol === 'tls:' && { tls: {} }),
      });
      const manager = await jetstreamManager(connection);
      for (const destination of Object.keys(this.#options.destinations)) {
        await this.#ensureStream(manager, destination);
      }
      this.#client = { connection, manager, stream: jetstream(connection, { timeout: PUBLISH_TIMEOUT_MS }) };
    } catch (error) {
      await connection?.close().catch(() => undefined);
      throw this.#problem(error);
    }
  }

  async publish(destination: string, messages: readonly OutgoingMessage[]): Promise<void> {
    const { stream } = this.#started();
    const { headers: newHeaders } = await import('@nats-io/transport-node');
    const publish = async ({ id, body, headers, sentAt }: OutgoingMessage) => {
      const hdrs = newHeaders();
      for (const [name, value] of Object.entries(headers)) hdrs.set(name, value);
      hdrs.set(MESSAGE_ID_HEADER, id);
      hdrs.set(SENT_AT_HEADER, sentAt.toISOString());
      await stream.publish(destination, JSON.stringify(body), { msgID: id, headers: hdrs });
    };
    try {
      await Promise.all(messages.map(publish));
    } catch (error) {
      throw this.#problem(error);
    }
  }

  async subscribe(subscription: Subscription, deliver: Deliver): Promise<void> {
    const { manager, stream } = this.#started();
    const { AckPolicy, DeliverPolicy } = await import('@nats-io/jetstream');
    const { destination, group, maxMessages } = subscription;
    const name = streamOf(destination);
    try {
      await manager.consumers.add(name, {
        durable_name: streamOf(group),
        filter_subject: destination,
        ack_policy: AckPolicy.Explicit,
        deliver_policy: DeliverPolicy.All,
        ack_wait: this.#options.redeliverAfterMs * NS_PER_MS,
        max_deliver: -1,
      });
      const consumer = await stream.consumers.get(name, streamOf(group));
      const messages = await consumer.consume({ max_messages: Math.max(2, maxMessages), expires: 5_000 });
      this.#deliveries.push(
        new Delivering(messages, maxMessages, this.#options.redeliverAfterMs / 3, deliver),
      );
    } catch (error) {
      throw this.#problem(error);
    }
  }

  async check(): Promise<void> {
    const { connection } = this.#started();
    let timer: NodeJS.Timeout | undefined;
    // The client itself waits for a reconnection without a limit.
    const tooLong = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error('timeout')), 900);
    });
    try {
      await Promise.race([connection.flush(), tooLong]);
    } catch (error) {
      throw this.#problem(error);
    } finally {
      clearTimeout(timer);
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#deliveries.splice(0).map((delivering) => delivering.stop()));
    const client = this.#client;
    this.#client = undefined;
    // Send the last acknowledgements first. This fails without a connection, which is fine.
    await client?.connection.flush().catch(() => undefined);
    await client?.connection.close().catch(() => undefined);
  }

  async #ensureStream(manager: JetStreamManager, destination: string): Promise<void> {
    const name = streamOf(destination);
    try {
      await manager.streams.info(name);
    } catch {
      await manager.streams.add({
        name,
        subjects: [destination],
        max_age: KEEP_MS * NS_PER_MS,
        duplicate_window: 120_000 * NS_PER_MS,
      });
    }
  }

  #started() {
    if (!this.#client) throw new TransportError(`NATS at ${this.#address} is not connected yet`);
    return this.#client;
  }

  get #address(): string {
    return new URL(this.#settings.url).host;
  }

  #problem(error: unknown): TransportError {
    if (error instanceof TransportError) return error;
    const { name, message } = error instanceof Error ? error : { name: '', message: String(error) };
    const say = (sentence: string) => new TransportError(sentence, { cause: error });
    if (/Authorization|Authentication/i.test(name + message)) {
      return say(`NATS at ${this.#address} rejected the login: check the user and the password in NATS_URL`);
    }
    if (/JetStreamNotEnabled|jetstream not enabled/i.test(name + message)) {
      return say(`NATS at ${this.#address} runs without JetStream: start nats-server with -js`);
    }
    if (/stream not found|no responders|NoResponders/i.test(name + message)) {
      return say(`NATS at ${this.#address} does not have the stream of a destination`);
    }
    if (/Connection|Timeout|ECONN|closed|disconnect/i.test(name + message)) {
      return say(`NATS does not answer at ${this.#address} (NATS_URL)`);
    }
    return say(`NATS at ${this.#address} refused: ${message}`);
  }
}

/** Takes messages from a subscription as they arrive and delivers the waiting ones, up to the maximum of one delivery. */
class Delivering {
  readonly #messages: ConsumerMessages;
  readonly #maxMessages: number;
  readonly #deliver: Deliver;
  readonly #waiting: JsMsg[] = [];
  readonly #running = new Set<JsMsg>();
  readonly #keepAlive: NodeJS.Timeout;
  readonly #ended: Promise<unknown>;
  /** Callbacks that wait for a change. */
  readonly #sleepers: (() => void)[] = [];
  #isStopped = false;

  constructor(messages: ConsumerMessages, maxMessages: number, keepAliveMs: number, deliver: Deliver) {
    this.#messages = messages;
    this.#maxMessages = maxMessages;
    this.#deliver = deliver;
    // Messages that wait here or are in progress must not go to another consumer.
    this.#keepAlive = setInterval(() => {
      for (const message of [...this.#running, ...this.#waiting]) message.working();
    }, keepAliveMs);
    this.#keepAlive.unref();
    this.#ended = Promise.all([this.#take(), this.#run()]);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#signal();
    await this.#messages.close();
    await this.#ended;
    clearInterval(this.#keepAlive);
    // The server then gives them to another consumer at once.
    for (const message of this.#waiting) message.nak();
  }

  async #take(): Promise<void> {
    for await (const message of this.#messages) {
      this.#waiting.push(message);
      this.#signal();
      // Keeps the client from requesting more messages than it can hold.
      while (this.#waiting.length >= this.#maxMessages && !this.#isStopped) await this.#change();
    }
  }

  async #run(): Promise<void> {
    while (!this.#isStopped) {
      if (this.#waiting.length === 0) {
        await this.#change();
        continue;
      }
      await this.#gather();
      const messages = this.#waiting.splice(0, this.#maxMessages);
      this.#signal();
      messages.forEach((message) => this.#running.add(message));
      const settlements = await this.#deliver(messages.map(messageOf));
      messages.forEach((message, position) => {
        const settlement = settlements[position] ?? { retryAfterMs: 0 };
        if (settlement === 'done') message.ack();
        else message.nak(settlement.retryAfterMs);
        this.#running.delete(message);
      });
    }
  }

  // Messages arrive one by one. A batch waits while more arrive.
  async #gather(): Promise<void> {
    for (let before = 0; before < this.#waiting.length && this.#waiting.length < this.#maxMessages;) {
      before = this.#waiting.length;
      await sleep(GATHER_MS);
    }
  }

  #change(): Promise<void> {
    return new Promise((resolve) => this.#sleepers.push(resolve));
  }

  #signal(): void {
    for (const wakeUp of this.#sleepers.splice(0)) wakeUp();
  }
}

function messageOf(message: JsMsg): DeliveredMessage {
  const headers = headersOf(message.headers);
  const sentAt = headers[SENT_AT_HEADER];
  return {
    id: headers[MESSAGE_ID_HEADER] ?? `${message.info.stream}:${message.info.streamSequence}`,
    key: null,
    ...bodyFrom(message.string()),
    headers,
    // Without the header, use the time when the stream stored the message.
    sentAt: new Date(sentAt ?? message.info.timestampNanos / NS_PER_MS),
  };
}

function headersOf(hdrs: MsgHdrs | undefined): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const [name, values] of hdrs ?? []) {
    if (values[0] !== undefined) headers[name.toLowerCase()] = values[0];
  }
  return headers;
}

/** Returns a name without the characters that are special in NATS. */
function streamOf(name: string): string {
  return name.replace(/[^\w-]/g, '-');
}
