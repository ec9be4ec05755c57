import { STATUS_CODES } from 'node:http';
import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException, Logger } from '@nestjs/common';
import type { Express, NextFunction, Request, Response } from 'express';

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

/** Converts an app's own errors into problems; undefined leaves an error to the shell. */
export type ErrorMapper = (error: unknown) => ProblemException | undefined;

/**
 * The problem to answer for any error: a problem stays unchanged, Nest's exceptions and the body parser's errors keep
 * their status, and everything else is a 500 that reveals nothing (the error stays in `cause`, for the log).
 */
export function toProblem(thrown: unknown): ProblemException {
  if (thrown instanceof ProblemException) return thrown;
  if (thrown instanceof HttpException) {
    // Nest wraps the body parser's error and loses its kind and limit; the cause still has them. An app's own exception
    // with such a cause has its own message, which counts.
    const wrapsBodyError = thrown.cause instanceof Error && thrown.cause.message === thrown.message;
    return (wrapsBodyError ? bodyProblem(thrown.cause) : undefined) ?? fromHttpException(thrown);
  }
  return bodyProblem(thrown) ?? new ProblemException({ status: 500, cause: thrown });
}

/**
 * Nest's exceptions contain a text, or an object whose `message` is a text or (from its validation pipe) a list of
 * texts.
 */
function fromHttpException(exception: HttpException): ProblemException {
  const status = exception.getStatus();
  const response = exception.getResponse();
  const message: unknown =
    typeof response === 'object' && 'message' in response ? response.message : exception.message;
  const options = { status, cause: exception };
  if (Array.isArray(message)) {
    return new ProblemException({
      ...options,
      detail: message.join('; '),
      extensions: { errors: message.map((detail) => ({ detail: String(detail) })) },
    });
  }
  return new ProblemException(
    typeof message === 'string' && message !== '' ? { ...options, detail: message } : options,
  );
}

/** The errors of Express's body parser, made by `http-errors`: `expose` says whether the client may see the message. */
interface BodyError extends Error {
  status: number;
  expose: boolean;
  type?: string;
  limit?: number;
}

/** The problem for an error of the body parser or of Express itself; undefined for any other error. */
function bodyProblem(error: unknown): ProblemException | undefined {
  if (!isBodyError(error)) return undefined;
  const { status } = error;
  return new ProblemException({ status, ...explain(error), cause: error });
}

function explain(error: BodyError): { detail?: string; extensions?: Record<string, unknown> } {
  switch (error.type ?? '') {
    case 'entity.parse.failed':
      return { detail: `The body is not valid JSON: ${error.message}` };
    case 'entity.too.large':
      return {
        detail: `The body is larger than ${error.limit} bytes.`,
        extensions: { limitBytes: error.limit },
      };
    case 'charset.unsupported':
    case 'encoding.unsupported':
      return { detail: `The body cannot be read: ${error.message}.` };
    case 'request.aborted':
    case 'request.size.invalid':
      return { detail: 'The body is not as long as the Content-Length header says.' };
    default:
      return error.expose ? { detail: error.message } : {};
  }
}

function isBodyError(error: unknown): error is BodyError {
  // Accept only errors that http-errors itself flags. Any error may have a `status`, and a client library's 404 must not
  // be passed on.
  return (
    error instanceof Error &&
    'expose' in error &&
    typeof error.expose === 'boolean' &&
    'status' in error &&
    typeof error.status === 'number' &&
    error.status >= 400 &&
    error.status < 500
  );
}

/**
 * Answers a method for which a path has no route: 405 with `Allow`, and 204 with `Allow` to OPTIONS. Nest answers 404
 * to both, as if the path did not exist. Mount it after every route and before Nest's own 404.
 */
export function methodNotAllowed(express: Express) {
  return (request: Request, response: Response, next: NextFunction): void => {
    const allowed = methodsAt(express, request.path);
    if (allowed.length === 0) {
      next();
      return;
    }
    const allow = [...allowed, 'OPTIONS'].join(', ');
    if (request.method === 'OPTIONS') {
      response.setHeader('allow', allow);
      response.status(204).end();
      return;
    }
    next(
      new ProblemException({
        status: 405,
        detail: `${request.method} is not possible here; allowed: ${allow}.`,
        headers: { allow },
      }),
    );
  };
}

function methodsAt(express: Express, path: string): string[] {
  const methods = new Set<string>();
  for (const layer of express.router.stack) {
    if (layer.route === undefined || !matches(layer, path)) continue;
    for (const { method } of layer.route.stack) {
      methods.add(method.toUpperCase());
      if (method === 'get') methods.add('HEAD');
    }
  }
  return [...methods];
}

function matches(layer: object, path: string): boolean {
  try {
    // Express' router has this field, but its type declarations do not.
    return Boolean((layer as { match(path: string): unknown }).match(path));
  } catch {
    // A parameter with invalid percent-encoding matches nothing; the router itself answers it with 400.
    return false;
  }
}

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
