import { QueryFailedError } from 'typeorm';

/** The database cannot be reached now. The request itself may be fine. */
export class DatabaseUnavailableError extends Error {
  override readonly name = 'DatabaseUnavailableError';
}

// Socket errors of Node.js on the way to the server.
const SOCKET_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
]);
// SQLSTATEs (PostgreSQL, appendix A): operator intervention, a full disk, too many connections, and 3D000 for a database that is
// about to be created. Class 08 (connection exception) counts as a whole.
const SQLSTATES = new Set(['57P01', '57P02', '57P03', '53100', '53300', '3D000']);
// node-postgres gives these no code. TypeORM removes a broken connection from its transaction, so the next statement of the
// transaction finds it released.
const UNCODED =
  /connection terminated|already released|timeout exceeded when trying to connect|client has encountered a connection error|cannot use a pool after|query read timeout/i;

/** Tells whether an error of TypeORM or node-postgres means that the database is away and has not refused the statement. */
export function isDatabaseUnavailable(error: unknown): boolean {
  if (error instanceof DatabaseUnavailableError) return true;
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, driverError, errors } = error as Record<string, unknown>;
  if (typeof code === 'string' && (SOCKET_CODES.has(code) || SQLSTATES.has(code) || /^08...$/.test(code)))
    return true;
  if (typeof message === 'string' && UNCODED.test(message)) return true;
  if (Array.isArray(errors) && errors.some(isDatabaseUnavailable)) return true;
  return driverError !== undefined && driverError !== error && isDatabaseUnavailable(driverError);
}

/** Tells a client how to repeat a write with an unknown outcome. */
export interface RepeatAdvice {
  /** One or two sentences for the client. */
  readonly howToRepeat: string;
  /** True if a client can send the same request again without a second effect. */
  readonly isSafeToRepeat: boolean;
}

/** The connection broke before the database answered a write. It may have written or not. */
export class OutcomeUnknownError extends Error {
  override readonly name = 'OutcomeUnknownError';

  constructor(
    readonly advice: RepeatAdvice,
    cause: unknown,
  ) {
    super('the connection to the database broke before it said whether it had written', { cause });
  }
}

/**
 * Runs a write: one statement or a transaction.
 *
 * @throws OutcomeUnknownError if the database went away after a statement was sent. If it was away before, or answered with
 *   an error, nothing was written and the original error is thrown.
 */
export async function writeOrTell<T>(advice: RepeatAdvice, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (error) {
    throw isDatabaseUnavailable(error) && mayHaveWritten(error)
      ? new OutcomeUnknownError(advice, error)
      : error;
  }
}

// TypeORM wraps only the errors of statements, and leaves errors of connecting unwrapped. An answer of severity ERROR means
// that the server has undone the statement. The server gives no such answer after a commit has begun.
function mayHaveWritten(error: unknown): boolean {
  if (!(error instanceof QueryFailedError)) return false;
  return (error.driverError as { severity?: unknown }).severity !== 'ERROR';
}
