import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { OTLP_CONTENT_TYPE, type OtlpEncoding } from './otlp-encoding.ts';

/** Sends an answer of OTLP/HTTP with the type of its request. */
export function sendOtlp(
  response: ServerResponse,
  status: number,
  encoding: OtlpEncoding,
  body: Uint8Array,
  headers: OutgoingHttpHeaders = {},
): void {
  response.writeHead(status, {
    'content-type': OTLP_CONTENT_TYPE[encoding],
    'content-length': body.length,
    ...headers,
  });
  response.end(body);
}
