import { HttpException } from '@nestjs/common';
import { bodyProblem } from './body-problem.ts';
import { ProblemException } from './problem-exception.ts';

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
