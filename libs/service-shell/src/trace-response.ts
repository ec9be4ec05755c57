import type { RequestHandler } from 'express';

/**
 * Names the trace of a request on its response, so that whoever called can find it: an Express handler to see every
 * request first, for failures bear it as well.
 *
 * Twice, because nothing is settled yet. `traceresponse` is what OpenTelemetry's response propagators write, after the
 * W3C's editors' draft; scripts of a page can read no header of their own page's load but `server-timing`.
 *
 * @param traceparentOf the active span in the W3C format; undefined where there is none, and then nothing is written.
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
