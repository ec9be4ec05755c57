import type { NextFunction, Request, Response } from 'express';

const PREFLIGHT_VALID_S = '7200';

/**
 * Lets pages of the given origins send OTLP; `*` is any. For the paths of OTLP alone: nobody else's page has to read traces. Has to
 * come before access control, since a preflight carries no credentials.
 */
export function otlpCors(origins: readonly string[]) {
  const isAllowed = (origin: string) => origins.includes('*') || origins.includes(origin);
  return (request: Request, response: Response, next: NextFunction): void => {
    const { origin } = request.headers;
    if (origins.length === 0 || origin === undefined || !request.path.startsWith('/v1/')) return next();
    response.vary('Origin');
    if (!isAllowed(origin)) return next();
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', 'retry-after');
    if (request.method !== 'OPTIONS' || request.headers['access-control-request-method'] === undefined) {
      return next();
    }
    response.setHeader('access-control-allow-methods', 'POST');
    // Whatever the page wants to send: exporters take headers of the user's own choice.
    const wanted = request.headers['access-control-request-headers'];
    if (wanted !== undefined) response.setHeader('access-control-allow-headers', wanted);
    response.setHeader('access-control-max-age', PREFLIGHT_VALID_S);
    response.status(204).end();
  };
}
