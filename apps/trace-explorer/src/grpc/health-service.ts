import type { ServerHttp2Stream } from 'node:http2';
import { ANSWER_HEADERS, failureHeaders, grpcFrame } from './grpc-messages.ts';

const CHECK = '/grpc.health.v1.Health/Check';
const WATCH = '/grpc.health.v1.Health/Watch';
/** `HealthCheckResponse` with `status` SERVING (1) or NOT_SERVING (2). */
const SERVING = Uint8Array.of(8, 1);
const NOT_SERVING = Uint8Array.of(8, 2);

/**
 * `grpc.health.v1.Health`. It answers for the whole server and ignores the requested service,
 * because all services start and stop together.
 *
 * @see https://github.com/grpc/grpc/blob/master/doc/health-checking.md
 */
export class HealthService {
  readonly #watchers = new Set<ServerHttp2Stream>();
  #isServing = true;

  handles(path: string): boolean {
    return path.startsWith('/grpc.health.v1.Health/');
  }

  serve(stream: ServerHttp2Stream, path: string): void {
    stream.resume();
    if (path === CHECK) {
      stream.respond(ANSWER_HEADERS, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.end(this.#message());
    } else if (path === WATCH) {
      // A watcher may be silent for any time.
      stream.setTimeout(0);
      stream.respond(ANSWER_HEADERS, { waitForTrailers: true });
      stream.once('wantTrailers', () => stream.sendTrailers({ 'grpc-status': '0' }));
      stream.write(this.#message());
      this.#watchers.add(stream);
      stream.once('close', () => this.#watchers.delete(stream));
    } else {
      stream.respond(failureHeaders({ status: 'UNIMPLEMENTED', message: `there is no method ${path}` }), {
        endStream: true,
      });
    }
  }

  /** Informs watchers and ends their calls. */
  stop(): void {
    this.#isServing = false;
    for (const stream of this.#watchers) stream.end(this.#message());
  }

  #message(): Buffer {
    return grpcFrame(this.#isServing ? SERVING : NOT_SERVING);
  }
}
