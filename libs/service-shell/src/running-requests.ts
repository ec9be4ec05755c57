import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

const LONGEST_LIST = 5;

/**
 * Knows which requests of an HTTP server are running, so that a stop can wait only for them.
 *
 * Node.js' own `closeIdleConnections()` is not enough: it leaves a connection that never sent a request open until the
 * headers timeout, and a connection that is busy during the call returns to keep-alive afterwards.
 */
export class RunningRequests {
  readonly #server: Server;
  readonly #running = new Map<Socket, Map<ServerResponse, string>>();
  #isStopping = false;

  constructor(server: Server) {
    this.#server = server;
    server.on('connection', (socket: Socket) => this.#trackConnection(socket));
    server.prependListener('request', (request, response) => this.#trackRequest(request, response));
  }

  /** Stops accepting, closes idle connections at once and resolves when the last running request has been answered. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    // A server that does not listen (yet) calls back with an error. There is then nothing to wait for.
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const [socket, responses] of this.#running) {
      if (responses.size === 0) socket.destroy();
      for (const response of responses.keys()) sayGoodbye(response);
    }
    await closed;
  }

  /** Cuts off everything that still runs. */
  abandon(): void {
    for (const socket of this.#running.keys()) socket.destroy();
  }

  /** Describes the requests for people: `2 requests (GET /slow, POST /orders)`. */
  describe(): string {
    const requests = [...this.#running.values()].flatMap((responses) => [...responses.values()]);
    const more = requests.length > LONGEST_LIST ? ', …' : '';
    return `${requests.length} request${requests.length === 1 ? '' : 's'} (${requests.slice(0, LONGEST_LIST).join(', ')}${more})`;
  }

  #trackConnection(socket: Socket): void {
    this.#running.set(socket, new Map());
    socket.once('close', () => this.#running.delete(socket));
  }

  #trackRequest(request: IncomingMessage, response: ServerResponse): void {
    const { socket } = request;
    const path = (request.url ?? '').split('?', 1)[0];
    this.#running.get(socket)?.set(response, `${request.method} ${path}`);
    if (this.#isStopping) sayGoodbye(response);
    response.once('close', () => {
      const responses = this.#running.get(socket);
      responses?.delete(response);
      if (this.#isStopping && responses?.size === 0) socket.destroySoon();
    });
  }
}

/** Tells the client not to use the connection again, if the headers have not been sent yet. */
function sayGoodbye(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('connection', 'close');
}
