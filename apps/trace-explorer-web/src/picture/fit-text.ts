const ELLIPSIS = '…';
// Shares of the font size in common sans-serif fonts, rather too wide, because a picture is also
// opened on machines with other fonts.
const NARROW = /[ijlftrI1.,:;'|!()[\] -]/;
const WIDE = /[mwMW@%…]/;
const CAPITAL = /[A-Z0-9_#&=+<>~]/;

/**
 * The estimated width of a line of text, in px. Measuring it would need a page and would only be
 * right for one machine.
 */
export function textWidth(text: string, fontPx: number): number {
  let shares = 0;
  for (const character of text) shares += share(character);
  return shares * fontPx;
}

/** The text, cut at its end to fit. Characters that a picture file cannot hold are replaced. */
export function fitText(text: string, widthPx: number, fontPx: number): string {
  const plain = drawableText(text);
  if (textWidth(plain, fontPx) <= widthPx) return plain;
  const room = widthPx - textWidth(ELLIPSIS, fontPx);
  let width = 0;
  let kept = '';
  for (const character of plain) {
    width += share(character) * fontPx;
    if (width > room) break;
    kept += character;
  }
  return `${kept.trimEnd()}${ELLIPSIS}`;
}

/** The same for a text with an end that must stay: a name is cut before the id that follows it. */
export function fitTitle(text: string, end: string, widthPx: number, fontPx: number): string {
  if (end === '' || !text.endsWith(` ${end}`)) return fitText(text, widthPx, fontPx);
  const room = widthPx - textWidth(` ${end}`, fontPx);
  if (room < widthPx / 4) return fitText(text, widthPx, fontPx);
  return `${fitText(text.slice(0, -end.length - 1), room, fontPx)} ${drawableText(end)}`;
}

/**
 * Text for an SVG. XML cannot write most control characters, and one of them in a span's name would
 * make the whole file unreadable. Direction marks would affect text beyond the name.
 */
export function drawableText(text: string): string {
  return text
    .replace(/[\t\n\r]+/g, ' ')
    .replace(/[\p{Cc}\p{Cs}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]/gu, '\ufffd');
}

function share(character: string): number {
  if ((character.codePointAt(0) ?? 0) > 0x2e7f) return 1.05;
  if (NARROW.test(character)) return 0.38;
  if (WIDE.test(character)) return 0.98;
  return CAPITAL.test(character) ? 0.7 : 0.62;
}
