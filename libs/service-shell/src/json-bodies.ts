import type { NestExpressApplication } from '@nestjs/platform-express';
import type { NextFunction, Request, Response } from 'express';
import { ProblemException } from './problem-exception.ts';

/** Default limit of a request body in bytes: 1 MiB, inclusive. It counts after decompression. */
export const BODY_LIMIT_BYTES = 1024 * 1024;

// Includes any "+json" type, because a client that sends application/vnd.api+json means JSON.
const JSON_TYPES = ['application/json', 'application/*+json'];

/** Reads JSON bodies up to a limit and refuses other bodies with 415. */
export function useJsonBodies(app: NestExpressApplication, options: { limitBytes: number }): void {
  app.useBodyParser('json', { limit: options.limitBytes, type: JSON_TYPES });
  app.use(refuseOtherBodies);
}

/**
 * Refuses bodies of other types. Otherwise the handler would see no body, and a client that forgot its Content-Type
 * (curl -d sends a form) would read that every field is missing.
 */
function refuseOtherBodies(request: Request, _response: Response, next: NextFunction): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody || request.is(JSON_TYPES) !== false) {
    next();
    return;
  }
  const sent = request.headers['content-type'];
  next(
    new ProblemException({
      status: 415,
      detail: `The body has ${sent === undefined ? 'no Content-Type' : `the type ${sent}`}; send application/json.`,
      headers: { accept: 'application/json' },
    }),
  );
}
