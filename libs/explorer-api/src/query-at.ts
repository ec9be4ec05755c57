import { ATTRIBUTE_OPERATORS, operatorsOf, queryFieldNamed } from './query-fields.ts';
import { QueryProblem, QueryScanner, type RawTerm } from './query-scan.ts';
import type { Place } from './query.ts';

/**
 * The part that is being typed at a place of a query, and the text that a completion would replace.
 */
export type QueryPoint =
  /**
   * The name of a field, the key of an attribute, or a bare word. The operator decides, so it is
   * not known yet.
   */
  | { readonly kind: 'key'; readonly typed: string; readonly replace: Place }
  | {
      readonly kind: 'value';
      /** As typed, including its prefix: `status`, `link.spanlinks.relation`. */
      readonly key: string;
      readonly operator: string;
      readonly typed: string;
      readonly replace: Place;
    };

/**
 * Finds the point of a query at an offset, for completion. Works on invalid text, because a query
 * that is being typed is rarely valid. Between terms, a new key begins.
 */
export function queryPointAt(text: string, offset: number): QueryPoint {
  const at = Math.min(Math.max(0, offset), text.length);
  const term = termAround(text.slice(0, at));
  if (term === undefined) return { kind: 'key', typed: '', replace: { from: at, to: at } };
  const key = (term.key.prefix ?? '') + term.key.text;
  const value = term.values.at(-1);
  if (term.operator === undefined || value === undefined) {
    return { kind: 'key', typed: key, replace: { from: term.key.from, to: wordEnd(text, at) } };
  }
  return {
    kind: 'value',
    key,
    operator: term.operator.text,
    typed: value.text,
    replace: { from: value.from, to: wordEnd(text, at) },
  };
}

/** The operators that may follow a key. */
export function operatorsAfter(key: string): readonly string[] {
  const field = queryFieldNamed(key);
  return field ? operatorsOf(field) : ATTRIBUTE_OPERATORS;
}

// A term continues up to the cursor only if no white space ends it. An open quote always continues.
function termAround(before: string): RawTerm | undefined {
  const scanner = new QueryScanner(before);
  let last: RawTerm | undefined;
  try {
    for (let term = scanner.next(); term !== undefined; term = scanner.next()) last = term;
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    return before.endsWith('"') ? undefined : termAround(`${before}"`);
  }
  return last !== undefined && last.to >= before.length ? last : undefined;
}

function wordEnd(text: string, from: number): number {
  const rest = /^[^\s",]*/.exec(text.slice(from));
  return from + (rest?.[0].length ?? 0);
}
