import { HttpException } from '@nestjs/common';

/**
 * The status code of an answer that the server gives on purpose, below 500, where that is what was thrown. The HTTP
 * conventions do not take a 4xx for an error of the server. By `instanceof`, as Nest's own filter tells: an exception of
 * another copy of Nest is answered with 500.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function expectedStatus(error: unknown): number | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  return status < 500 ? status : undefined;
}
