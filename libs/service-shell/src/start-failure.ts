import { ConfigError } from './read-config.ts';

/** Why a start failed: one sentence (a configuration error: one for each wrong variable), without a stack. */
export function startFailure(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.sentences : [`could not start: ${firstLineOf(error)}`];
}

/**
 * What `listen` failed with, as a configuration error where a setting can mend it. Given only to errors of `listen`: a
 * database that is away has some of the same codes.
 *
 * @param portVariable the environment variable that sets the port; `hostVariable` that of the address.
 */
export function listenFailure(
  error: unknown,
  at: { host: string; port: number; portVariable: string; hostVariable: string },
): unknown {
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  switch (code) {
    case 'EADDRINUSE':
      return new ConfigError([
        `port ${at.port} is taken on ${at.host}; set ${at.portVariable} to another one`,
      ]);
    case 'EACCES':
      return new ConfigError([
        `port ${at.port} on ${at.host} may not be used by this user; set ${at.portVariable} to one above 1023`,
      ]);
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
      return new ConfigError([
        `${at.host} is not an address of this machine; set ${at.hostVariable} to another one`,
      ]);
    default:
      return error;
  }
}

/** Nest's own errors go on for a page; a refused connection to two addresses has an empty message. */
function firstLineOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return firstLineOf(error.errors[0]);
  const text = error instanceof Error ? error.message || error.name : String(error);
  return text.split('\n', 1)[0] ?? text;
}
