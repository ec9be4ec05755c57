import type { RequestHandler } from 'express';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/**
 * Lets in only who asks for this machine by a name of its own. A page on the internet can make its own name lead to 127.0.0.1
 * (DNS rebinding) and would then read traces as if it were ours; the name it has to ask for gives it away.
 *
 * For an explorer without a token: a token keeps such a page out by itself.
 *
 * @param names besides those of loopback.
 */
export function ownNamesOnly(names: readonly string[]): RequestHandler {
  const own = new Set(names.map((name) => name.toLowerCase()));
  return (request, response, next) => {
    const host = request.headers.host?.replace(/:\d+$/, '') ?? 'localhost';
    if (LOOPBACK.test(host) || own.has(host.toLowerCase())) return next();
    request.resume();
    const problem = {
      type: 'about:blank',
      title: 'Misdirected Request',
      status: 421,
      detail: `Ask for ${['localhost', '127.0.0.1', ...names].join(' or ')}; EXPLORER_NAMES adds names, and with EXPLORER_TOKEN set, any will do.`,
      instance: request.path,
    };
    response.status(421).setHeader('content-type', 'application/problem+json').end(JSON.stringify(problem));
  };
}

/** Whether an address to listen on is this machine's alone. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}
