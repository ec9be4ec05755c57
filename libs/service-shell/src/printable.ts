/**
 * Control characters, which a terminal obeys (including C1), characters that reorder or hide text, which a reader
 * cannot see, and halves of surrogate pairs, which UTF-8 cannot represent.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]|\p{Surrogate}/gu;

/**
 * Makes text from outside (an id, a header, a reason phrase, a message of another program) safe for a terminal or a
 * log: one line, unprintable characters as `\u001b`, and at most `maxCharacters` of the text. Says how much was cut
 * off.
 */
export function printable(text: string, maxCharacters = 300): string {
  const rest = text.length - maxCharacters;
  const shown = rest > 0 ? `${text.slice(0, maxCharacters)}… (${rest} more characters)` : text;
  return shown.replace(UNPRINTABLE, (character) =>
    character === '\n' ? '\\n' : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** Text from outside, ready for use inside a message: in quotes, printable, and cut to `longest` characters. */
export function quoteExternal(text: string, longest = 200): string {
  const cut = text.length > longest ? `${text.slice(0, longest)}…` : text;
  return printable(JSON.stringify(cut), Infinity);
}

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
