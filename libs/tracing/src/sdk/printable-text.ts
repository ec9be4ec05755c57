/**
 * Control characters, including C1, and characters that reorder or hide text: a terminal obeys them or a reader cannot
 * see them.
 */
const UNPRINTABLE =
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb]/g;

const MAX_CHARACTERS = 300;

/**
 * Makes text from outside (the reason phrase of a backend, its error message) safe for a terminal or a log: one line,
 * unprintable characters as `\u001b`, and no longer than `maxCharacters`.
 */
export function printableText(text: string, maxCharacters = MAX_CHARACTERS): string {
  const cut = text.length > maxCharacters ? `${text.slice(0, maxCharacters)}…` : text;
  return cut.replace(
    UNPRINTABLE,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
