import { QUERY_FIELDS } from './query-fields.ts';
import type { Place } from './query.ts';

/** A key or a value as typed. */
export interface Word extends Place {
  /** Without quotes and escapes. */
  readonly text: string;
  readonly quoted: boolean;
  /** `link."my key"`: the part before the quotes of a key, with its dot. */
  readonly prefix?: string;
}

/** One term as typed, before it is interpreted. */
export interface RawTerm extends Place {
  readonly negated: boolean;
  readonly key: Word;
  /** Missing in a bare word. */
  readonly operator?: { readonly text: string } & Place;
  readonly values: readonly Word[];
}

/** An error in a query with its place. Places count UTF-16 code units, as strings do. */
export interface QueryError extends Place {
  readonly message: string;
}

/** Thrown only inside this folder. The public functions return errors as values. */
export class QueryProblem extends Error {
  readonly place: Place;

  constructor(message: string, place: Place) {
    super(message);
    this.place = place;
  }
}

/** Longest first: `>=` must not read as `>` and a value that begins with `=`. */
const OPERATORS = ['!=', '!~', '>=', '<=', '=', '~', '>', '<', ':'];
const WHITE_SPACE = /\s/;

/** Reads a query term by term. */
export class QueryScanner {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** @throws QueryProblem for an open quote. */
  next(): RawTerm | undefined {
    while (this.#at < this.#text.length && WHITE_SPACE.test(this.#char())) this.#at++;
    if (this.#at >= this.#text.length) return undefined;
    const from = this.#at;
    const negated =
      this.#char() === '-' && this.#at + 1 < this.#text.length && !WHITE_SPACE.test(this.#char(1));
    if (negated) this.#at++;
    const key = this.#word(true);
    const operator = this.#operator();
    if (operator === undefined) return { from, to: this.#at, negated, key, values: [] };
    const values = [this.#word(false)];
    while (this.#char() === ',') {
      this.#at++;
      values.push(this.#word(false));
    }
    return { from, to: this.#at, negated, key, operator, values };
  }

  #char(ahead = 0): string {
    return this.#text.charAt(this.#at + ahead);
  }

  #operator(): RawTerm['operator'] {
    const found = OPERATORS.find((operator) => this.#text.startsWith(operator, this.#at));
    if (found === undefined) return undefined;
    const from = this.#at;
    this.#at += found.length;
    return { text: found, from, to: this.#at };
  }

  #word(isKey: boolean): Word {
    if (this.#char() === '"') return this.#quoted();
    const from = this.#at;
    while (this.#at < this.#text.length && !this.#endsWord(isKey)) this.#at++;
    const prefix = this.#text.slice(from, this.#at);
    if (isKey && this.#char() === '"') {
      if (!QUERY_FIELDS.some(({ name, type }) => type === 'attributes' && name === prefix)) {
        throw new QueryProblem('a quote goes around the whole word', { from: this.#at, to: this.#at + 1 });
      }
      return { ...this.#quoted(), prefix, from };
    }
    return { text: this.#text.slice(from, this.#at), quoted: false, from, to: this.#at };
  }

  // A value may contain operator characters (a URL, a time). A key may contain a comma.
  #endsWord(isKey: boolean): boolean {
    const char = this.#char();
    if (WHITE_SPACE.test(char)) return true;
    if (!isKey) return char === ',';
    if (char === '"') return true;
    return OPERATORS.some((operator) => this.#text.startsWith(operator, this.#at));
  }

  #quoted(): Word {
    const from = this.#at;
    let text = '';
    for (this.#at++; this.#at < this.#text.length; this.#at++) {
      const char = this.#char();
      if (char === '"') {
        this.#at++;
        return { text, quoted: true, from, to: this.#at };
      }
      if (char === '\\' && this.#at + 1 < this.#text.length) this.#at++;
      text += this.#char();
    }
    throw new QueryProblem('this quote does not end', { from, to: this.#text.length });
  }
}
