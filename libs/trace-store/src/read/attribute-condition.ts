import type { Term } from '@span-links/explorer-api';
import { storableText } from '../write/storable-text.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** A term about an attribute of a span, a resource or a link. */
export type AttributeTerm = Extract<Term, { field: 'attribute' | 'resource' | 'link' }>;

const JSON_NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

/**
 * Whether the term holds of a jsonb column. `!=` and `!~` hold exactly where `=` and `~` do not, so also where there is no such attribute.
 *
 * @param column an alias and a column, never anything that a user sent.
 */
export function attributeCondition(column: string, term: AttributeTerm, parameters: SqlParameters): string {
  switch (term.operator) {
    case '=':
      return `(${equals(column, term, parameters)}) IS TRUE`;
    case '!=':
      return `(${equals(column, term, parameters)}) IS NOT TRUE`;
    case '~':
      return `(${contains(column, term, parameters)}) IS TRUE`;
    case '!~':
      return `(${contains(column, term, parameters)}) IS NOT TRUE`;
    case '>':
    case '>=':
    case '<':
    case '<=':
      return compares(column, term, term.operator, parameters);
  }
}

/** The term with `=`, in the form that the GIN indexes know. */
export function indexableEquals(column: string, term: AttributeTerm, parameters: SqlParameters): string {
  return `(${equals(column, term, parameters)})`;
}

/** What a value of `=` may stand for in JSON: the string, and the number or the boolean that reads the same. */
export function equalDocuments(key: string, value: string): string[] {
  const readings = [JSON.stringify(storableText(value))];
  const number = plainNumber(value);
  if (number !== undefined) readings.push(number);
  if (value === 'true' || value === 'false') readings.push(value);
  return readings.map((reading) => `{${JSON.stringify(storableText(key))}:${reading}}`);
}

/**
 * A number as Postgres' `numeric` takes it; `undefined` where the text is none. An exponent is spelt out: `1e999999` would be an error
 * there, and anything beyond a double cannot have been sent.
 */
export function plainNumber(value: string): string | undefined {
  if (!JSON_NUMBER.test(value) || !Number.isFinite(Number(value))) return undefined;
  return /[eE]/.test(value) ? String(Number(value)) : value;
}

function equals(column: string, { key, values }: AttributeTerm, parameters: SqlParameters): string {
  const documents = values.flatMap((value) => equalDocuments(key, value));
  return documents.map((document) => `${column} @> ${parameters.jsonb(document)}`).join(' OR ') || 'false';
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
  // CASE alone promises that the cast never sees what is no number.
  return `CASE WHEN jsonb_typeof(${value}) = 'number' THEN (${value})::numeric ${operator} ${parameters.numeric(number)} ELSE false END`;
}
