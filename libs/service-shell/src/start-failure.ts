import { errorText } from './error-text.ts';
import { ConfigError } from './read-config.ts';

/**
 * Explains why a start failed, without a stack: in one sentence, or for a configuration error in one for each wrong
 * variable.
 */
export function startFailure(error: unknown): readonly string[] {
  return error instanceof ConfigError ? error.sentences : [`could not start: ${firstLineOf(error)}`];
}

/**
 * Converts an error of `listen` into a configuration error if a setting can fix it. Use it only for errors of `listen`:
 * a database that is down has some of the same codes.
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

/** Nest's own errors fill a page. */
function firstLineOf(error: unknown): string {
  const text = errorText(error);
  return text.split('\n', 1)[0] ?? text;
}
