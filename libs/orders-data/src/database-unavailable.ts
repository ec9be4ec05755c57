/** The database cannot be asked right now. Nothing is known to be wrong with what was asked; it may be asked again. */
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
// SQLSTATEs (PostgreSQL, appendix A): operator intervention, too many connections, and 3D000 for a database that is about
// to be created. Class 08 (connection exception) counts as a whole.
const SQLSTATES = new Set(['57P01', '57P02', '57P03', '53300', '3D000']);
// node-postgres gives these no code.
const UNCODED =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|cannot use a pool after|query read timeout/i;

/** Tells whether an error of TypeORM or node-postgres means that the database is away, rather than that it refused. */
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
