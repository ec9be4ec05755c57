/** Replaces the characters that Postgres cannot hold. */
const REPLACEMENT = '\ufffd';
const SUSPECT = /[\0\ud800-\udfff]/;

/**
 * The text as Postgres can hold it: U+0000 and halves of surrogate pairs, which have no UTF-8,
 * become U+FFFD. Returns the same string if nothing was replaced.
 */
export function storableText(text: string): string {
  if (!SUSPECT.test(text)) return text;
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', REPLACEMENT) : wellFormed;
}
