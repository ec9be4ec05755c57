import type { AttributeTerm } from '@span-links/explorer-api';
import { storableText } from '../write/storable-text.ts';
import type { SqlParameters } from './sql-parameters.ts';

export type { AttributeTerm };

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * True if a term asks for the absence of a value. `!=` and `!~` hold exactly if `=` and `~` do not,
 * so they also hold if the attribute is missing.
 */
export function isNegated({ operator }: { readonly operator: AttributeTerm['operator'] }): boolean {
  return operator === '!=' || operator === '!~';
}

/**
 * The condition that the term holds for a jsonb column. @param column an alias and a column, never
 * text of a user.
 */
export function attributeCondition(column: string, term: AttributeTerm, parameters: SqlParameters): string {
  return negatedIf(isNegated(term), attributeMatch(column, term, parameters));
}

/** A condition, or its negation. Null counts as false. */
export function negatedIf(negated: boolean, condition: string): string {
  return `(${condition}) ${negated ? 'IS NOT TRUE' : 'IS TRUE'}`;
}

/**
 * The condition for a jsonb column, with `=` for `!=` and `~` for `!~`. It is null if the column is
 * null.
 */
export function attributeMatch(column: string, term: AttributeTerm, parameters: SqlParameters): string {
  switch (term.operator) {
    case '=':
    case '!=':
      return attributeEquals(column, term, parameters);
    case '~':
    case '!~':
      return contains(column, term, parameters);
    case '>':
    case '>=':
    case '<':
    case '<=':
      return compares(column, term, term.operator, parameters);
  }
}

/**
 * The JSON readings of a value of `=`: the string, and the number or boolean with the same text.
 */
function readingsOf(value: string): string[] {
  const readings = [JSON.stringify(storableText(value))];
  const number = plainNumber(value);
  if (number !== undefined) readings.push(number);
  if (value === 'true' || value === 'false') readings.push(value);
  return readings;
}

/**
 * The documents that attributes contain if they fulfil a term with `=`: the value alone or in a
 * list. GIN indexes can find them.
 */
export function equalDocuments(key: string, value: string): string[] {
  const name = JSON.stringify(storableText(key));
  return readingsOf(value).flatMap((reading) => [`{${name}:${reading}}`, `{${name}:[${reading}]}`]);
}

/** The term with `=`, in the form that the GIN indexes support. */
export function indexableEquals(
  column: string,
  { key, values }: AttributeTerm,
  parameters: SqlParameters,
): string {
  const documents = values.flatMap((value) => equalDocuments(key, value));
  return `(${documents.map((document) => `${column} @> ${parameters.jsonb(document)}`).join(' OR ') || 'false'})`;
}

/**
 * A number in a form that Postgres' `numeric` accepts; `undefined` if the text is no number.
 * Exponents are written out because `1e999999` would be an error. Nobody can have sent a value
 * beyond a double.
 */
export function plainNumber(value: string): string | undefined {
  if (!JSON_NUMBER.test(value) || !Number.isFinite(Number(value))) return undefined;
  return /[eE]/.test(value) ? String(Number(value)) : value;
}

/**
 * A list or a map as jsonb if the text is JSON of one, because lists and maps are shown and
 * searched as JSON.
 */
export function listOrMap(value: string): string | undefined {
  if (!/^\s*[[{]/.test(value)) return undefined;
  try {
    const text = JSON.stringify(JSON.parse(value));
    // jsonb cannot hold U+0000 and half a surrogate pair, so no stored value has them.
    return /\\u(?:0000|d[89a-f])/i.test(text) ? undefined : text;
  } catch {
    return undefined;
  }
}

/** The term with `=`. */
export function attributeEquals(
  column: string,
  { key, values }: Pick<AttributeTerm, 'key' | 'values'>,
  parameters: SqlParameters,
): string {
  const found = `${column} -> ${parameters.text(key)}`;
  const wholes = values.map(listOrMap).filter((whole) => whole !== undefined);
  return (
    [
      // A scalar contains itself, and a list its members.
      ...values.flatMap(readingsOf).map((reading) => `${found} @> ${parameters.jsonb(reading)}`),
      ...wholes.map((whole) => `${found} = ${parameters.jsonb(whole)}`),
    ].join(' OR ') || 'false'
  );
}

function contains(column: string, { key, values }: AttributeTerm, parameters: SqlParameters): string {
  const text = `lower(${column} ->> ${parameters.text(key)})`;
  return (
    values.map((value) => `strpos(${text}, lower(${parameters.text(value)})) > 0`).join(' OR ') || 'false'
  );
}

function compares(
  column: string,
  { key, values }: AttributeTerm,
  operator: '>' | '>=' | '<' | '<=',
  parameters: SqlParameters,
): string {
  const number = plainNumber(values[0] ?? '');
  if (number === undefined) return 'false';
  const value = `${column} -> ${parameters.text(key)}`;
  // Only CASE guarantees that the cast never sees a value that is no number.
  return `CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${value})::numeric ${operator} ${parameters.numeric(number)} ELSE false END`;
}
