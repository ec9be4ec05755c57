import {
  request as httpRequest,
  type Agent,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
} from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isRetryableStatus } from './export-failure.ts';
import { printableText } from './printable-text.ts';

/** A response to an export is a few bytes, but a wrong endpoint may answer a whole page. */
const MAX_RESPONSE_BYTES = 64 * 1024;

/** The result of one attempt. */
export type Attempt =
  | { readonly taken: true; readonly response: Buffer }
  | { readonly taken: false; readonly failure: string; readonly cause: string; readonly retry: RetryAdvice };

/** `now`: the connection was closed while it was idle, so nobody has seen the request. */
export type RetryAdvice = 'never' | 'now' | 'later' | { readonly afterMs: number };

export interface Post {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly agent: Agent;
  readonly body: Uint8Array;
  readonly timeoutMs: number;
}

/** Makes one POST and waits for the end of its response. Never rejects. */
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
    // A backend that does not answer must not keep a finished process alive. A caller that waits for an answer holds a
    // timer.
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
    // The status already decides. A truncated body changes nothing for spans that were taken.
    if (status >= 300) {
      return { taken: false, failure: printableText(String(error)), cause: String(status), retry: 'later' };
    }
  }
  if (status >= 200 && status < 300) return { taken: true, response: Buffer.concat(chunks) };
  return {
    taken: false,
    failure: `HTTP ${status} ${printableText(response.statusMessage ?? '')}`.trimEnd(),
    cause: String(status),
    retry: isRetryableStatus(status) ? retryAfter(response.headers) : 'never',
  };
}

function connectionFailed(request: ClientRequest, error: Error): Attempt {
  const code = 'code' in error ? String(error.code) : undefined;
  const stale = request.reusedSocket && (code === 'ECONNRESET' || code === 'EPIPE');
  const cause = code ?? error.name;
  return {
    taken: false,
    failure: printableText(error.message || cause),
    cause,
    retry: stale ? 'now' : 'later',
  };
}

/**
 * How long the receiver asks to wait (RFC 9110, 10.2.3): seconds, or a date. A date is read by the clock that wrote it
 * if the response contains its time. An unreadable value, or a time in the past, is no advice.
 */
function retryAfter({ 'retry-after': wish, date }: IncomingHttpHeaders): RetryAdvice {
  if (wish === undefined) return 'later';
  if (/^\d+$/.test(wish)) return { afterMs: Number(wish) * 1000 };
  const sentAtMs = date === undefined ? NaN : Date.parse(date);
  const afterMs = Date.parse(wish) - (Number.isNaN(sentAtMs) ? Date.now() : sentAtMs);
  return Number.isFinite(afterMs) ? { afterMs: Math.max(0, afterMs) } : 'later';
}
