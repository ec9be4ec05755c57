// Socket errors of Node.js on the way to the server.
const SOCKET_CODES = new Set([
  'EAI_AGAIN',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
]);
// SQLSTATEs (PostgreSQL, appendix A): operator intervention, too many connections, a database that
// is not created yet (3D000), and a restart as a read-only standby (25006). A cancelled statement
// (57014) is not among them.
const SQLSTATES = new Set(['57P01', '57P02', '57P03', '53300', '3D000', '25006']);
// node-postgres gives these no code.
const UNCODED =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|cannot use a pool after|query read timeout|not queryable/i;

/**
 * True if an error of node-postgres means that the database is away. False if the database refused
 * the request.
 */
export function isDatabaseAway(error: unknown): boolean {
  if (typeof error !== 'object' || error === null) return false;
  const { code, message, errors } = error as Record<string, unknown>;
  if (typeof code === 'string' && (SOCKET_CODES.has(code) || SQLSTATES.has(code) || /^08...$/.test(code)))
    return true;
  if (typeof message === 'string' && UNCODED.test(message)) return true;
  return Array.isArray(errors) && errors.some(isDatabaseAway);
}

/** The SQLSTATE of an error, or '' if it has none. */
export function sqlState(error: unknown): string {
  const code = typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : '';
}

/** Describes any thrown value in one line. */
export function errorText(error: unknown): string {
  if (error instanceof AggregateError && error.errors.length > 0) return errorText(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
