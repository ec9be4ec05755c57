import type { NextFunction, Request, Response } from 'express';
import { encodeStatus, otlpEncodingOf, sendOtlp } from '@span-links/otlp';
import type { TokenGuard } from './token-guard.ts';

const COOKIE = 'trace_explorer';
const RETRY_AFTER_S = '60';

export interface AccessTokenOptions {
  /** True if a proxy in front sets `X-Forwarded-*` with the sender's address and the use of TLS. */
  readonly trustProxy: boolean;
}

/**
 * Requires a bearer token for everything except `/health`. A browser cannot send one from its
 * address line: it passes `?token=` once and gets a cookie. The cookie does not contain the token,
 * and no script and no other site can use it. A cookie is valid for twelve hours and is renewed
 * while it is used.
 */
export function accessToken(guard: TokenGuard, { trustProxy }: AccessTokenOptions) {
  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.path === '/health' || request.path.startsWith('/health/')) return next();
    const sender = senderOf(request, trustProxy);
    const { authorization } = request.headers;
    const passed = request.query['token'];
    if (authorization !== undefined) {
      const verdict = guard.bearer(authorization, sender, request.path);
      return verdict === 'right' ? next() : refuse(request, response, verdict);
    }
    const cookie = guard.checkCookie(cookieOf(request));
    if (cookie === 'old') giveCookie(request, response, guard, trustProxy);
    if (cookie !== 'invalid') return next();
    if (request.method === 'GET' && typeof passed === 'string') {
      const verdict = guard.check(passed, sender, request.path);
      if (verdict !== 'right') return refuse(request, response, verdict);
      giveCookie(request, response, guard, trustProxy);
      return withoutToken(request, response);
    }
    // `navigator.sendBeacon` can set no header. A page with the token in its code would not hide it
    // better there.
    if (isOtlp(request) && typeof passed === 'string') {
      const verdict = guard.check(passed, sender, request.path);
      return verdict === 'right' ? next() : refuse(request, response, verdict);
    }
    refuse(request, response, guard.isGuessing(sender) ? 'guessing' : 'wrong');
  };
}

function isOtlp({ method, path }: Request): boolean {
  return method === 'POST' && path.startsWith('/v1/');
}

/** The address of the sender: the one that the nearest proxy saw, if the proxy is trusted. */
function senderOf(request: Request, trustProxy: boolean): string {
  const forwarded = trustProxy ? request.headers['x-forwarded-for'] : undefined;
  return (
    forwarded?.toString().split(',').at(-1)?.trim() ?? request.socket.remoteAddress ?? 'an unknown address'
  );
}

function giveCookie(request: Request, response: Response, guard: TokenGuard, trustProxy: boolean): void {
  const forwarded = trustProxy ? request.headers['x-forwarded-proto'] : undefined;
  const isSecure = forwarded?.toString().split(',').at(-1)?.trim().toLowerCase() === 'https';
  const { value, maxAgeSeconds } = guard.newCookie();
  response.setHeader(
    'set-cookie',
    `${COOKIE}=${value}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${maxAgeSeconds}${isSecure ? '; Secure' : ''}`,
  );
}

/**
 * Redirects the browser to the same page without the token, which would otherwise stay in its
 * history.
 */
function withoutToken(request: Request, response: Response): void {
  const parameters = new URLSearchParams(request.originalUrl.split('?')[1]);
  parameters.delete('token');
  const query = parameters.size > 0 ? `?${parameters.toString()}` : '';
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
  // Relative and with one slash, because a path such as //elsewhere would be another site.
  response.redirect(303, `/${request.path.replace(/^[/\\]+/, '')}${query}`);
}

function refuse(request: Request, response: Response, verdict: 'wrong' | 'guessing'): void {
  const isGuessing = verdict === 'guessing';
  const status = isGuessing ? 429 : 401;
  const message = isGuessing
    ? 'too many wrong tokens from this address; wait a minute'
    : 'a bearer token is needed: the value of EXPLORER_TOKEN';
  request.resume();
  if (isGuessing) response.setHeader('retry-after', RETRY_AFTER_S);
  else response.setHeader('www-authenticate', 'Bearer');
  if (request.path.startsWith('/v1/')) {
    const encoding = otlpEncodingOf(request.headers['content-type']) ?? 'json';
    sendOtlp(response, status, encoding, encodeStatus(encoding, { code: 0, message }));
    return;
  }
  if (request.accepts(['json', 'html']) === 'html') {
    response
      .status(status)
      .type('text/plain')
      .send(`${message}.\nIn a browser, open ${request.path}?token=<token> once.\n`);
    return;
  }
  const problem = {
    type: 'about:blank',
    title: isGuessing ? 'Too Many Requests' : 'Unauthorized',
    status,
    detail: message,
    instance: request.path,
  };
  response.status(status).setHeader('content-type', 'application/problem+json').end(JSON.stringify(problem));
}

function cookieOf(request: Request): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}
