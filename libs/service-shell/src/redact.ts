const SECRET_NAME = /PASSWORD|PASSWD|SECRET|TOKEN|KEY|CREDENTIAL|HEADERS/i;

// Greedy up to the last "@": a password with an unescaped "@" or "/" must not show its tail. The same rule masks a
// value that is no valid URL, because mistyped URLs are what error messages contain.
const USER_INFO = /^((?:[a-z][\w+.-]*:\/\/)?[^:@]*):.*@/is;

// "postgres://user:secret", with the host forgotten: the text after the colon is no port, so it may be the password.
const PASSWORD_WITHOUT_HOST = /^([a-z][\w+.-]*:\/\/[^:@/?#]*):(?!\d{1,5}(?:[/?#]|$))[^@]*$/is;
const PASSWORD_PARAMETER = /([?&](?:\w*password|\w*token|\w*key|\w*secret)=)[^&#]*/gi;

const LONGEST_SHOWN = 200;

/**
 * The value of an environment variable, ready for an error message: quoted, cut at 200 characters, and without secrets.
 * A variable whose name mentions a password, token, key, secret, credential or headers (which contain API keys in
 * OpenTelemetry) is masked completely; in a URL only the password is masked.
 */
export function redact(name: string, value: string): string {
  if (SECRET_NAME.test(name)) return '"***"';
  const masked = value
    .replace(USER_INFO, '$1:***@')
    .replace(PASSWORD_WITHOUT_HOST, '$1:***')
    .replace(PASSWORD_PARAMETER, '$1***');
  return JSON.stringify(masked.length > LONGEST_SHOWN ? `${masked.slice(0, LONGEST_SHOWN)}…` : masked);
}
