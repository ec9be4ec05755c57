import { OTLP_CONTENT_TYPE } from '@span-links/otlp';
import type { NextFunction, Request, Response } from 'express';

const PREFLIGHT_VALID_S = '7200';

/**
 * Lets pages of the given origins send OTLP; `*` is any origin. It only applies to the paths of
 * OTLP, because no other page needs to read traces. It comes before access control, because a
 * preflight has no credentials.
 *
 * `navigator.sendBeacon` always sends with credentials, so its preflight must allow them. It can
 * set no header, and text needs no preflight: from an allowed page, a text body is read as JSON.
 */
export function otlpCors(origins: readonly string[]) {
  const isAllowed = (origin: string) => origins.includes('*') || origins.includes(origin);
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (origins.length === 0 || origin === undefined || !request.path.startsWith('/v1/')) return next();
    response.vary('Origin');
    if (!isAllowed(origin)) return next();
    // The page's own origin, even if any is allowed: with credentials, browsers do not accept `*`.
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-allow-credentials', 'true');
    response.setHeader('access-control-expose-headers', 'retry-after');
    if (isText(request)) request.headers['content-type'] = OTLP_CONTENT_TYPE.json;
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      return next();
    }
    response.setHeader('access-control-allow-methods', 'POST');
    // The page names the headers, because exporters accept any headers of the user.
    const wanted = request.headers['access-control-request-headers'];
    if (wanted !== undefined) response.setHeader('access-control-allow-headers', wanted);
    response.setHeader('access-control-max-age', PREFLIGHT_VALID_S);
    response.status(204).end();
  };
}

function isText({ headers }: Request): boolean {
  return headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase() === 'text/plain';
}
