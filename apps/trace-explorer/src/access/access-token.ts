import { createHash, timingSafeEqual } from 'node:crypto';
import type { NextFunction, Request, Response } from 'express';
import { encodeStatus, otlpEncodingOf, sendOtlp } from '@span-links/otlp';

const COOKIE = 'trace_explorer';
const COOKIE_VALID_S = 30 * 86_400;

/**
 * Asks a bearer token of everything but `/health`. A browser cannot send one from its address line: it passes `?token=` once and is
 * given a cookie, which holds a digest of the token and which no script and no other site can use.
 */
export function accessToken(token: string) {
  const expected = digestOf(token);
  const cookieValue = digestOf(`cookie of ${token}`).toString('hex');
  const expectedCookie = digestOf(cookieValue);

  return (request: Request, response: Response, next: NextFunction): void => {
    if (request.path === '/health' || request.path.startsWith('/health/')) return next();
    const bearer = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1];
    const passed = request.query['token'];
    if (bearer !== undefined ? isSame(bearer, expected) : isSame(cookieOf(request), expectedCookie))
      return next();
    if (request.method === 'GET' && typeof passed === 'string' && isSame(passed, expected)) {
      logIn(request, response, cookieValue);
      return;
    }
    refuse(request, response);
  };
}

/** Sends the browser on to the same page without the token, which would else stay in its history. */
function logIn(request: Request, response: Response, cookieValue: string): void {
  const parameters = new URLSearchParams(request.originalUrl.split('?')[1]);
  parameters.delete('token');
  const query = parameters.size > 0 ? `?${parameters.toString()}` : '';
  response.setHeader(
    'set-cookie',
    `${COOKIE}=${cookieValue}; HttpOnly; SameSite=Strict; Path=/; Max-Age=${COOKIE_VALID_S}`,
  );
  response.setHeader('cache-control', 'no-store');
  response.setHeader('referrer-policy', 'no-referrer');
  // Relative and with one slash: a path such as //elsewhere would be another site.
  response.redirect(303, `/${request.path.replace(/^[/\\]+/, '')}${query}`);
}

function refuse(request: Request, response: Response): void {
  const message = 'a bearer token is needed: the value of EXPLORER_TOKEN';
  request.resume();
  response.setHeader('www-authenticate', 'Bearer');
  if (request.path.startsWith('/v1/')) {
    const encoding = otlpEncodingOf(request.headers['content-type']) ?? 'json';
    sendOtlp(response, 401, encoding, encodeStatus(encoding, { code: 0, message }));
    return;
  }
  if (request.accepts(['json', 'html']) === 'html') {
    response
      .status(401)
      .type('text/plain')
      .send(`${message}.\nIn a browser, open ${request.path}?token=<token> once.\n`);
    return;
  }
  const problem = {
    type: 'about:blank',
    title: 'Unauthorized',
    status: 401,
    detail: message,
    instance: request.path,
  };
  response.status(401).setHeader('content-type', 'application/problem+json').end(JSON.stringify(problem));
}

function cookieOf(request: Request): string {
  const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${COOKIE}=`))?.slice(COOKIE.length + 1) ?? '';
}

// Digests have one length, whatever was sent, and comparing them takes one time.
function isSame(given: string, expected: Buffer): boolean {
  return timingSafeEqual(digestOf(given), expected);
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
