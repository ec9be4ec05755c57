import { type ArgumentsHost, Catch, type ExceptionFilter, Logger } from '@nestjs/common';
import { toProblem } from '@span-links/service-shell';
import type { Response } from 'express';
import { storeProblem } from '../api/store-problems.ts';

/** The shape of every answer of Jaeger's query service. */
export interface JaegerAnswer<T> {
  readonly data: T;
  readonly total: number;
  readonly limit: number;
  readonly offset: number;
  readonly errors:
    readonly { readonly code?: number; readonly msg: string; readonly traceID?: string }[] | null;
}

export function jaegerAnswer<T extends readonly unknown[]>(
  data: T,
  errors: JaegerAnswer<T>['errors'] = null,
): JaegerAnswer<T> {
  return { data, total: data.length, limit: 0, offset: 0, errors };
}

/** Errors in Jaeger's shape, because its readers do not know problem details. */
@Catch()
export class JaegerErrorFilter implements ExceptionFilter {
  readonly #log = new Logger('Jaeger API');

  catch(thrown: unknown, host: ArgumentsHost): void {
    const problem = storeProblem(thrown) ?? toProblem(thrown);
    const { status } = problem.problem;
    if (status >= 500) this.#log.error(`answered ${status}: ${problem.message}`, problem.cause ?? thrown);
    const response = host.switchToHttp().getResponse<Response>();
    for (const [name, value] of Object.entries(problem.headers)) response.setHeader(name, value);
    response
      .status(status)
      .json({ data: null, total: 0, limit: 0, offset: 0, errors: [{ code: status, msg: problem.message }] });
  }
}
