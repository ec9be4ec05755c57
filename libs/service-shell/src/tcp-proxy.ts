import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/** The target of a proxy. */
export interface TcpProxyTarget {
  readonly host: string;
  readonly port: number;
}

/** A TCP proxy that a test can break: it cuts connections, stalls them, or refuses new ones. */
export class TcpProxy {
  readonly #server: Server;
  readonly #target: TcpProxyTarget;
  readonly #pairs = new Set<readonly [client: Socket, upstream: Socket]>();
  #isRefusing = false;
  #isStalled = false;
  #addTo: { pattern: Buffer; words: Buffer; done: () => void } | undefined;
  #cutBefore: { pattern: Buffer; done: () => void } | undefined;

  private constructor(target: TcpProxyTarget) {
    this.#target = target;
    this.#server = createServer((client) => this.#join(client));
  }

  /** Listens on 127.0.0.1, by default at a free port. */
  static async start(target: TcpProxyTarget, port = 0): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject);
      proxy.#server.listen(port, '127.0.0.1', resolve);
    });
    return proxy;
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** `url` with the address of the proxy. */
  urlOf(url: string): string {
    const proxied = new URL(url);
    proxied.hostname = '127.0.0.1';
    proxied.port = String(this.port);
    return proxied.href;
  }

  /** Breaks every open connection, without a normal close on either side. */
  cut(): void {
    for (const pair of this.#pairs) this.#break(pair);
  }

  /** Cuts every connection and refuses new ones until `accept`. */
  refuse(): void {
    this.#isRefusing = true;
    this.cut();
  }

  accept(): void {
    this.#isRefusing = false;
  }

  /** Keeps connections open but passes nothing on, in either direction, until `flow`. */
  stall(): void {
    this.#isStalled = true;
    for (const [client, upstream] of this.#pairs) {
      client.pause();
      upstream.pause();
    }
  }

  flow(): void {
    this.#isStalled = false;
    for (const [client, upstream] of this.#pairs) {
      client.resume();
      upstream.resume();
    }
  }

  /**
   * Cuts the first connection on which the server sends `pattern`, and does not pass those bytes on: the server has
   * done the work, and the client never learns of it. Resolves when that has happened.
   */
  cutBeforeAnswer(pattern: string): Promise<void> {
    return new Promise((done) => (this.#cutBefore = { pattern: Buffer.from(pattern, 'latin1'), done }));
  }

  /** Adds `words` to the first bytes in which the server sends `pattern`, so that the client receives both at once. */
  addToAnswer(pattern: string, words: Buffer): Promise<void> {
    return new Promise((done) => (this.#addTo = { pattern: Buffer.from(pattern, 'latin1'), words, done }));
  }

  async close(): Promise<void> {
    this.cut();
    await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #join(client: Socket): void {
    client.on('error', () => {});
    if (this.#isRefusing) {
      client.resetAndDestroy();
      return;
    }
    const upstream = connect(this.#target);
    const pair = [client, upstream] as const;
    this.#pairs.add(pair);
    upstream.on('error', () => {});
    for (const socket of pair) socket.once('close', () => this.#break(pair));
    client.on('data', (bytes: Buffer) => pass(bytes, client, upstream));
    upstream.on('data', (bytes: Buffer) => {
      if (!this.#isCutting(bytes)) return pass(this.#withAddition(bytes), upstream, client);
      this.#break(pair);
    });
    if (this.#isStalled) this.stall();
  }

  #isCutting(bytes: Buffer): boolean {
    if (this.#cutBefore === undefined || !bytes.includes(this.#cutBefore.pattern)) return false;
    this.#cutBefore.done();
    this.#cutBefore = undefined;
    return true;
  }

  #withAddition(bytes: Buffer): Buffer {
    if (this.#addTo === undefined || !bytes.includes(this.#addTo.pattern)) return bytes;
    const { words, done } = this.#addTo;
    this.#addTo = undefined;
    done();
    return Buffer.concat([bytes, words]);
  }

  #break(pair: readonly [Socket, Socket]): void {
    if (!this.#pairs.delete(pair)) return;
    for (const socket of pair) socket.resetAndDestroy();
  }
}

function pass(bytes: Buffer, from: Socket, to: Socket): void {
  if (to.destroyed || to.write(bytes)) return;
  from.pause();
  to.once('drain', () => from.resume());
}
