import { request as httpRequest, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest } from 'node:https';

/** A response to an export is a few bytes; what a wrong endpoint answers can be a whole page. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** What came of one attempt. */
export type Attempt =
  | { readonly taken: true; readonly response: Buffer }
  | { readonly taken: false; readonly failure: string; readonly cause: string; readonly retry: RetryAdvice };

/** `now`: the connection had been closed while it was idle, so nobody has seen the request. */
export type RetryAdvice = 'never' | 'now' | 'later' | { readonly afterMs: number };

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

/** One POST, awaited to the end of its response. Never rejects. */
export function post({ url, headers, agent, body, timeoutMs }: Post): Promise<Attempt> {
  return new Promise((resolve) => {
    const request = (url.protocol === 'https:' ? httpsRequest : httpRequest)(url, {
      method: 'POST',
      agent,
      headers: { ...headers, 'Content-Length': body.byteLength },
    });
    const timer = setTimeout(
      () =>
        request.destroy(Object.assign(new Error(`no answer within ${timeoutMs} ms`), { code: 'timeout' })),
      timeoutMs,
    ).unref();
    const settle = (attempt: Attempt): void => {
      clearTimeout(timer);
      resolve(attempt);
    };
    // A backend that does not answer must not keep a finished process alive; who waits for an answer holds a timer.
    request.on('socket', (socket) => socket.unref());
    request.on('error', (error) => settle(connectionFailed(request, error)));
    request.on('response', (response) => void readResponse(response).then(settle));
    request.end(body);
  });
}

async function readResponse(response: IncomingMessage): Promise<Attempt> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const status = response.statusCode ?? 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes <= MAX_RESPONSE_BYTES) chunks.push(chunk);
    }
  } catch (error) {
    // The status has said it all; a body cut short changes nothing about spans that were taken.
    if (status >= 300) return { taken: false, failure: String(error), cause: String(status), retry: 'later' };
  }
  if (status >= 200 && status < 300) return { taken: true, response: Buffer.concat(chunks) };
  return {
    taken: false,
    failure: `HTTP ${status} ${response.statusMessage ?? ''}`.trimEnd(),
    cause: String(status),
    retry: adviceFor(status, response.headers['retry-after']),
  };
}

function connectionFailed(request: ClientRequest, error: Error): Attempt {
  const code = 'code' in error ? String(error.code) : undefined;
  const stale = request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  const cause = code ?? error.name;
  return { taken: false, failure: error.message || cause, cause, retry: stale ? 'now' : 'later' };
}

/** The statuses that OTLP/HTTP calls retryable, and for how long the receiver asks to be left alone. */
function adviceFor(status: number, retryAfter: string | undefined): RetryAdvice {
  if (![429, 502, 503, 504].includes(status)) return 'never';
  if (retryAfter === undefined) return 'later';
  const seconds = /^\d+$/.test(retryAfter)
    ? Number(retryAfter)
    : (Date.parse(retryAfter) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? { afterMs: Math.max(0, seconds * 1000) } : 'later';
}
