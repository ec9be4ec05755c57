import { STATUS_CODES } from 'node:http';
import { HttpException } from '@nestjs/common';

/** One wrong field of a request, as in RFC 9457, section 3: `pointer` is a JSON Pointer fragment such as `#/items/0/sku`. */
export interface FieldError {
  pointer: string;
  detail: string;
}

export interface ProblemOptions {
  /** HTTP status, 400 to 599. */
  status: number;
  /** The explanation of this occurrence, for the reader of the response. */
  detail?: string;
  /**
   * URI of the problem type. Default: `about:blank`, which means that the status says everything (RFC 9457, section
   * 4.2.1).
   */
  type?: string;
  /** Short name of the problem type. Default: the status's own phrase, as `about:blank` requires. */
  title?: string;
  /** Further members of the body, for example `{ errors: FieldError[] }`. They cannot replace the standard members. */
  extensions?: Readonly<Record<string, unknown>>;
  /** Response headers, for example `{ 'retry-after': '5' }`. */
  headers?: Readonly<Record<string, string>>;
  /** The underlying error. Logged for a status of 500 and above, never sent. */
  cause?: unknown;
}

/** The members of a problem body (RFC 9457, section 3.1), without `instance`, which the filter adds per request. */
export interface ProblemBody {
  type: string;
  title: string;
  status: number;
  detail?: string;
  [extension: string]: unknown;
}

/**
 * An answer of `application/problem+json`. Throw it anywhere below a controller. It is a Nest `HttpException`, so
 * guards, interceptors and instrumentation treat it as one.
 */
export class ProblemException extends HttpException {
  readonly problem: ProblemBody;
  readonly headers: Readonly<Record<string, string>>;

  constructor(options: ProblemOptions) {
    const problem: ProblemBody = {
      ...options.extensions,
      type: options.type ?? 'about:blank',
      title: options.title ?? STATUS_CODES[options.status] ?? 'Error',
      status: options.status,
    };
    if (options.detail !== undefined) problem.detail = options.detail;
    super(problem, options.status, options.cause === undefined ? {} : { cause: options.cause });
    this.message = options.detail ?? problem.title;
    this.problem = problem;
    this.headers = options.headers ?? {};
  }
}
