/** A cursor that this store did not issue, or issued for another list. */
export class InvalidCursorError extends Error {
  override readonly name = 'InvalidCursorError';

  constructor() {
    super('the cursor is not one that this list gave out');
  }
}

/** The position at the end of a page: the values of its sort columns, as text. */
export type PageKey = readonly string[];

/**
 * The format of a list's cursor. The patterns make a cursor safe: a statement can take every text
 * that they accept.
 */
export type PageKeyFormat = { readonly list: string; readonly parts: readonly RegExp[] };

export const INT64_PART = /^-?\d{1,19}$/;
export const SMALL_INTEGER_PART = /^\d{1,9}$/;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);

export const SPAN_LIST: PageKeyFormat = { list: 's', parts: [INT64_PART, INT64_PART] };
export const TRACE_LIST: PageKeyFormat = { list: 't', parts: [INT64_PART, /^[0-9a-f]{32}$/] };

/** Readers must treat a cursor as opaque. It contains no secrets. */
export function encodeCursor(format: PageKeyFormat, key: PageKey): string {
  return Buffer.from(JSON.stringify([format.list, ...key])).toString('base64url');
}

/** @throws {InvalidCursorError} */
export function decodeCursor(format: PageKeyFormat, cursor: string): PageKey {
  const [list, ...key] = parseList(cursor);
  const fits =
    list === format.list &&
    key.length === format.parts.length &&
    format.parts.every((pattern, index) => pattern.test(key[index] ?? '') && fitsInt64(pattern, key[index]));
  if (!fits) throw new InvalidCursorError();
  return key;
}

function fitsInt64(pattern: RegExp, part = ''): boolean {
  if (pattern !== INT64_PART) return true;
  const number = BigInt(part);
  return number >= INT64_MIN && number <= INT64_MAX;
}

function parseList(cursor: string): string[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
    if (Array.isArray(parsed) && parsed.every((part) => typeof part === 'string')) return parsed;
  } catch {
    // Text that is not JSON gets the same error as a cursor of another list.
  }
  throw new InvalidCursorError();
}
