const MAX_CHARACTERS = 2_000;

/**
 * A reason or an error message, ready for a row. It may come from another program and have any length. Postgres rejects
 * U+0000 and lone surrogates, and then the statement that gives the work back would fail.
 */
export function storedText(text: string): string {
  const cut = text.length > MAX_CHARACTERS ? `${text.slice(0, MAX_CHARACTERS)}…` : text;
  return cut.toWellFormed().replaceAll('\0', '\ufffd');
}
