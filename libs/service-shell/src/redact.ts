const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL|HEADERS/i;

// Greedy up to the last "@": a password with an unescaped "@" or "/" in it must not show its tail. A value that is no
// valid URL is masked by the same rule, because a mistyped URL is exactly what ends up in an error message.
const USER_INFO = /^((?:[a-z][\w+.-]*:\/\/)?[^:@]*):.*@/is;

// "postgres://user:secret", the host forgotten: what follows the colon is no port, so it may be the password.
const PASSWORD_WITHOUT_HOST = /^([a-z][\w+.-]*:\/\/[^:@/?#]*):(?!\d{1,5}(?:[/?#]|$))[^@]*$/is;
const PASSWORD_PARAMETER = /([?&](?:\w*password|\w*token|\w*key|\w*secret)=)[^&#]*/gi;

const LONGEST_SHOWN = 200;

/**
 * The value of an environment variable as it may appear in an error message: quoted, cut at 200 characters, and without
 * secrets. A variable whose name speaks of a password, token, key, secret, credential or of headers (which carry API keys
 * in OpenTelemetry) is masked whole; in anything shaped like a URL the password is.
 */
export function redact(name: string, value: string): string {
  if (SECRET_NAME.test(name)) return '"***"';
  const masked = value
    .replace(USER_INFO, '$1:***@')
    .replace(PASSWORD_WITHOUT_HOST, '$1:***')
    .replace(PASSWORD_PARAMETER, '$1***');
  return JSON.stringify(masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked);
}
