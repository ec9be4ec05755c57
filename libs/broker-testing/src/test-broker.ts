import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBroker, type BrokerName } from './find-broker.ts';
import { freePorts, ServerProcess } from './server-process.ts';
import { SERVER_KINDS, type BrokerUser, type ServerSettings } from './servers.ts';

export interface TestBrokerOptions {
  /** Without it, anyone on this machine may connect. RabbitMQ then has the user `guest` with the password `guest`. */
  readonly user?: BrokerUser;
  /** Settings of a Kafka server, such as `{ 'auto.create.topics.enable': 'false' }`. */
  readonly properties?: Readonly<Record<string, string>>;
}

const READY_WITHIN_MS = 150_000;
const MAX_ATTEMPTS = 3;

/** A real broker on a free port of 127.0.0.1, with its data in a temporary folder. It never outlives this process. */
export class TestBroker {
  readonly name: BrokerName;
  readonly #settings: ServerSettings;
  #before: ServerProcess | undefined;
  #server: ServerProcess | undefined;

  /** Use {@link startBroker} instead. */
  constructor(name: BrokerName, settings: ServerSettings) {
    this.name = name;
    this.#settings = settings;
  }

  /** The address for clients: `host:port` for Kafka, a URL for the others. It stays the same after a restart. */
  get url(): string {
    return SERVER_KINDS[this.name].url(this.#settings);
  }

  get port(): number {
    return this.#settings.ports[0] ?? 0;
  }

  /** The process id, or undefined while the server is stopped. */
  get pid(): number | undefined {
    return this.#server?.pid;
  }

  /** Starts the server again after `stop` or `kill`, on the same port and data. Resolves when the server is ready. */
  async start(): Promise<void> {
    if (this.#server) return;
    const kind = SERVER_KINDS[this.name];
    await kind.prepare?.(this.#settings);
    const before = kind.before?.(this.#settings);
    if (before) this.#before = new ServerProcess(before);
    this.#server = new ServerProcess(kind.command(this.#settings));
    try {
      await this.#server.ready(() => kind.isReady(this.#settings), READY_WITHIN_MS);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Stops the server in order (SIGTERM). */
  stop(): Promise<void> {
    return this.#end('SIGTERM');
  }

  /** Ends the server like a crash (SIGKILL). */
  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  /** Pauses the server: connections stay open and nothing answers, as in a network that loses all packets. */
  freeze(): void {
    this.#server?.freeze();
  }

  unfreeze(): void {
    this.#server?.unfreeze();
  }

  /** Ends the server and removes its data. */
  async destroy(): Promise<void> {
    await this.kill();
    await rm(this.#settings.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const [server, before] = [this.#server, this.#before];
    this.#server = undefined;
    this.#before = undefined;
    await server?.stop(signal);
    await before?.stop(signal);
  }
}

/**
 * Starts a real broker for tests: NATS and Redis in a fraction of a second, Kafka in about 5 s, RabbitMQ in about 10 s.
 *
 * @throws {BrokerMissingError} if it is not installed; the message says how to install it.
 */
export async function startBroker(name: BrokerName, options: TestBrokerOptions = {}): Promise<TestBroker> {
  const found = findBroker(name);
  for (let attempt = 1; ; attempt++) {
    const settings = {
      folder: mkdtempSync(join(tmpdir(), `span-links-${name}-`)),
      found,
      ports: await freePorts(SERVER_KINDS[name].portCount),
      user: options.user,
      properties: options.properties,
    };
    const broker = new TestBroker(name, settings);
    try {
      await broker.start();
      return broker;
    } catch (error) {
      await broker.destroy();
      // Another process may have taken a port in the meantime.
      if (attempt === MAX_ATTEMPTS) throw error;
    }
  }
}
