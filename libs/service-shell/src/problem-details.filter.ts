import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import type { Request, Response } from 'express';
import type { ProblemException } from './problem-exception.ts';
import { type ErrorMapper, toProblem } from './to-problem.ts';

export interface ProblemDetailsOptions {
  /** Called first, for every error. If it throws itself, it is skipped. */
  mapError?: ErrorMapper | undefined;
}

/**
 * Answers any error with `application/problem+json` (RFC 9457). A client's mistake (4xx) is not logged. A failure of
 * the service (5xx) is logged once: with its stack if it was unexpected, in one line if the app mapped it.
 */
@Catch()
export class ProblemDetailsFilter implements ExceptionFilter {
  readonly #log = new Logger('Problem');
  readonly #mapError: ErrorMapper | undefined;

  constructor(options: ProblemDetailsOptions = {}) {
    this.#mapError = options.mapError;
  }

  catch(thrown: unknown, host: ArgumentsHost): void {
    const request = host.switchToHttp().getRequest<Request>();
    const response = host.switchToHttp().getResponse<Response>();
    const instance = request.originalUrl.split('?', 1)[0] ?? '/';
    const mapped = this.#mapped(thrown);
    const problem = mapped ?? toProblem(thrown);
    if (problem.problem.status >= 500) {
      this.#logFailure(`${request.method} ${instance}`, problem, mapped === undefined ? thrown : undefined);
    }
    if (response.headersSent) {
      // The status has already been sent. Ending the response would make half an answer look like a whole one; a broken
      // connection shows the client the truth.
      if (!response.writableEnded) response.destroy();
      return;
    }
    send(response, problem, instance);
  }

  #mapped(thrown: unknown): ProblemException | undefined {
    try {
      return this.#mapError?.(thrown);
    } catch (error) {
      this.#log.error('the error mapper failed', error);
      return undefined;
    }
  }

  #logFailure(request: string, problem: ProblemException, unforeseen: unknown): void {
    const line = `${request} answered ${problem.problem.status}`;
    if (unforeseen === undefined || unforeseen === problem) this.#log.warn(`${line}: ${problem.message}`);
    else this.#log.error(line, unforeseen);
  }
}

function send(response: Response, problem: ProblemException, instance: string): void {
  const body = Buffer.from(JSON.stringify({ ...problem.problem, instance }));
  response.status(problem.problem.status);
  for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
  // Do not use response.json(): it appends a charset, which this media type does not have, and computes an ETag.
  response.setHeader('content-type', 'application/problem+json');
  response.setHeader('content-length', body.length);
  response.end(body);
}
