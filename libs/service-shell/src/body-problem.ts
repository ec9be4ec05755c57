import { ProblemException } from './problem-exception.ts';

/** The errors of Express's body parser, made by `http-errors`: `expose` says whether the client may see the message. */
interface BodyError extends Error {
  status: number;
  expose: boolean;
  type?: string;
  limit?: number;
}

/** The problem for an error of the body parser or of Express itself; undefined for any other error. */
export function bodyProblem(error: unknown): ProblemException | undefined {
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
