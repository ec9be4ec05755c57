import type { NextFunction, Request, Response } from 'express';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Lets in only who asks for this machine by a name of its own. A page on the internet can make its own name lead to 127.0.0.1
 * (DNS rebinding) and would then read traces as if it were ours; the name it has to ask for gives it away.
 *
 * For an explorer that listens on loopback without a token: a token keeps such a page out by itself, and who listens elsewhere is
 * reached by names that are not known here.
 */
export function ownNamesOnly(request: Request, response: Response, next: NextFunction): void {
  const host = request.headers.host?.replace(/:\d+$/, '') ?? 'localhost';
  if (LOOPBACK.test(host)) return next();
  request.resume();
  const problem = {
    type: 'about:blank',
    title: 'Misdirected Request',
    status: 421,
    detail: 'Ask for localhost or 127.0.0.1; with EXPLORER_TOKEN set, any name will do.',
    instance: request.path,
  };
  response.status(421).setHeader('content-type', 'application/problem+json').end(JSON.stringify(problem));
}

/** Whether an address to listen on is this machine's alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}
