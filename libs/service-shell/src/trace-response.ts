import type { RequestHandler } from 'express';

/**
 * Names the trace of a request on its response, so that the caller can find it. An Express handler that must see every
 * request first, because failures need the name as well.
 *
 * It uses two headers, because there is no standard yet. OpenTelemetry's response propagators write `traceresponse`, after
 * the W3C's editors' draft. Scripts of a page can read only one header of their own page's load, `server-timing`.
 *
 * @param traceparentOf the active span in the W3C format; undefined if there is none, and then nothing is written.
 * @see https://w3c.github.io/trace-context/#trace-context-http-response-headers-format
 */
export function traceResponse(traceparentOf: () => string | undefined): RequestHandler {
  return (_request, response, next) => {
    const traceparent = traceparentOf();
    if (traceparent !== undefined) {
      response.setHeader('traceresponse', traceparent);
      response.setHeader('server-timing', `traceparent;desc="${traceparent}"`);
    }
    next();
  };
}
