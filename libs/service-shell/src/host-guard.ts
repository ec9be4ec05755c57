import type { RequestHandler } from 'express';

const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/i;

/** The host names under which a service may be requested. */
export interface HostGuardOptions {
  /** The address that the service listens on. */
  readonly host?: string | undefined;
  /** Names in addition to those of loopback. Default: none on a loopback address, any name elsewhere. */
  readonly names?: readonly string[] | undefined;
  /** The environment variable that adds names, for the text of the answer. Default: `HOST_NAMES`. */
  readonly namesVariable?: string | undefined;
}

/**
 * Answers 421 to a request whose Host header contains a name that is not the service's own. A page on the internet can
 * make its own name lead to 127.0.0.1 (DNS rebinding); a browser then treats the service's answers as the page's own.
 * The name reveals the attack.
 *
 * @returns undefined if any name is allowed: the service listens for other machines, and has no list of names.
 */
export function hostGuard(options: HostGuardOptions): RequestHandler | undefined {
  const own = ownNames(options);
  if (own === undefined) return undefined;
  const listensOnLoopback = isLoopback(options.host ?? '127.0.0.1');
  return (request, response, next) => {
    if (own.includes(request.headers.host)) return next();
    // Probes of an orchestrator use the address of the container, which no setting can know.
    if (!listensOnLoopback && request.path.startsWith('/health/')) return next();
    request.resume();
    const problem = {
      type: 'about:blank',
      title: 'Misdirected Request',
      status: 421,
      detail: own.advice,
      instance: request.path,
    };
    response.status(421).setHeader('content-type', 'application/problem+json').end(JSON.stringify(problem));
  };
}

/** The names that a service answers to. */
export interface OwnNames {
  /** Tells whether a Host header, or an `:authority` of HTTP/2, contains one of the names. Its port does not matter. */
  includes(authority: string | undefined): boolean;
  /** Tells a client with another name what it can do. */
  readonly advice: string;
}

/** @returns undefined if any name is allowed: the service listens for other machines, and has no list of names. */
export function ownNames(options: HostGuardOptions): OwnNames | undefined {
  const { host = '127.0.0.1', names, namesVariable = 'HOST_NAMES' } = options;
  if (names === undefined && !isLoopback(host)) return undefined;
  const own = new Set((names ?? []).map((name) => name.toLowerCase()));
  return {
    includes: (authority) => {
      const name = nameIn(authority);
      return LOOPBACK.test(name) || own.has(name);
    },
    advice: `Ask for ${['localhost', '127.0.0.1', ...own].join(' or ')}; ${namesVariable} adds names.`,
  };
}

/** Tells whether only this machine can reach an address. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/** A list of host names, for the variable that adds names; undefined if the text is not one. */
export function hostNamesOf(text: string): string[] | undefined {
  const names = text.split(',').map((name) => name.trim());
  return names.every((name) => /^[a-z\d]([a-z\d.-]{0,252})$/i.test(name)) ? names : undefined;
}

// Only HTTP/1.0 allows a request without a Host, and no browser sends one.
function nameIn(authority = 'localhost'): string {
  return authority.replace(/:\d*$/, '').toLowerCase();
}
