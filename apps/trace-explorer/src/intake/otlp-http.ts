import type { IncomingMessage, ServerResponse } from 'node:http';
import {
  encodeExportResponse,
  encodeStatus,
  OTLP_CONTENT_TYPE,
  otlpEncodingOf,
  otlpSignalOf,
  readOtlpRequest,
  sendOtlp,
  serviceNameIn,
} from '@span-links/otlp';
import type { BodyClaim } from './body-room.ts';
import type { OtlpIntake } from './otlp-intake.ts';

/**
 * OTLP/HTTP. This handler comes before Nest's, because OTLP uses neither Nest's JSON bodies nor its
 * problem details.
 */
export function otlpHttp(intake: OtlpIntake) {
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    if (concernsOtlp(request)) void serve(intake, request, response);
    else next();
  };
}

async function serve(intake: OtlpIntake, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const encoding = otlpEncodingOf(request.headers['content-type']) ?? 'json';
  const signal = otlpSignalOf(pathOf(request)) ?? 'other';
  let service: string | undefined;
  let claim: BodyClaim | undefined;
  try {
    claim = intake.begin();
    const otlp = await readOtlpRequest(request, {
      maxBodyBytes: intake.maxBodyBytes,
      elements: intake.elementLimits,
      room: claim,
      onFirstBytes: (bytes) => (service = serviceNameIn(bytes)),
    });
    const partial = await intake.take(otlp);
    intake.counts.answered(signal, 200);
    sendOtlp(response, 200, encoding, encodeExportResponse(otlp.signal, encoding, partial));
  } catch (error) {
    const refusal = intake.refusalOf(error, request.destroyed && !request.complete);
    const message = hinted(refusal, request);
    intake.reject(
      signal,
      { ...refusal, message },
      {
        protocol: 'http',
        status: String(refusal.status),
        sender: request.socket.remoteAddress ?? 'an unknown address',
        service,
        userAgent: request.headers['user-agent'],
      },
    );
    request.resume(); // otherwise a client that still writes would wait for a reader
    sendOtlp(
      response,
      refusal.status,
      encoding,
      encodeStatus(encoding, { code: 0, message }),
      refusal.headers,
    );
  } finally {
    claim?.release();
  }
}

/**
 * OTLP's own paths, and OTLP at a wrong path: an endpoint without `/v1/traces` is the usual
 * mistake.
 */
function concernsOtlp(request: IncomingMessage): boolean {
  return (
    pathOf(request).startsWith('/v1/') ||
    (request.method === 'POST' &&
      request.headers['content-type']?.startsWith(OTLP_CONTENT_TYPE.protobuf) === true)
  );
}

function pathOf(request: IncomingMessage): string {
  return request.url?.split('?', 1)[0] ?? '';
}

function hinted({ status, message }: { status: number; message: string }, request: IncomingMessage): string {
  if (status === 404) return `${message}; set the exporter's URL to http://${request.headers.host}/v1/traces`;
  return message;
}
