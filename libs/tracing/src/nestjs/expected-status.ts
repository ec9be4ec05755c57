import { HttpException } from '@nestjs/common';

/**
 * The status code below 500 of an answer that the server gives on purpose, if the error is such an answer. The HTTP
 * conventions do not count a 4xx as an error of the server. Uses `instanceof`, like Nest's own filter: Nest answers an
 * exception of another copy of Nest with 500.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/http/http-spans/#status
 */
export function expectedStatus(error: unknown): number | undefined {
  if (!(error instanceof HttpException)) return undefined;
  const status = error.getStatus();
  return status < 500 ? status : undefined;
}
