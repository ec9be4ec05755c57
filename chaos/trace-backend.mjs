import { Agent, createServer, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The ways in which the backend can fail. None of them acknowledges spans that were not stored. */
export const MISBEHAVIOURS = ['dead', 'slow', 'refusing', 'throttling', 'silent', 'forgetful', 'babbling'];

/** An OTLP endpoint in front of the explorer that misbehaves when told to. */
export class TraceBackend {
  /** `up`, or one of the misbehaviours. */
  mode = 'up';
  #target;
  #server;
  #agent = new Agent({ keepAlive: false });

  constructor(targetPort) {
    this.#target = targetPort;
    this.#server = createServer((incoming, outgoing) => void this.#answer(incoming, outgoing));
  }

  async start() {
    await new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  async stop() {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #answer(incoming, outgoing) {
    incoming.on('error', () => {});
    outgoing.on('error', () => {});
    switch (this.mode) {
      case 'dead':
        return incoming.destroy();
      case 'refusing':
        return refuse(incoming, outgoing, 503);
      case 'throttling':
        return refuse(incoming, outgoing, 429);
      case 'silent':
        // Accepts everything and never answers, so the exporter must give up.
        return incoming.resume();
      case 'slow':
        await sleep(1_500);
    }
    this.#forward(incoming, outgoing, this.mode);
  }

  #forward(incoming, outgoing, mode) {
    const { method, url: path, headers } = incoming;
    const onward = request({
      host: '127.0.0.1',
      port: this.#target,
      method,
      path,
      headers,
      agent: this.#agent,
    });
    onward.on('error', () => outgoing.destroy());
    onward.on('response', (answer) => {
      // The spans are stored, but the sender gets no answer and will send them again.
      if (mode === 'forgetful') return outgoing.destroy();
      if (mode === 'babbling' && answer.statusCode === 200) {
        answer.resume();
        outgoing.writeHead(200, { 'content-type': 'text/html' });
        return outgoing.end(`<h1>\u001b[31mWelcome</h1>${'x'.repeat(100_000)}`);
      }
      outgoing.writeHead(answer.statusCode, answer.headers);
      answer.pipe(outgoing);
    });
    incoming.pipe(onward);
  }
}

function refuse(incoming, outgoing, status) {
  incoming.resume();
  outgoing.writeHead(status, { 'retry-after': '1' });
  outgoing.end();
}
