import {
  queryFieldNamed,
  type FieldTerm,
  type NumberOperator,
  type QueryField,
  type Term,
} from '@span-links/explorer-api';
import type { SqlParameters } from './sql-parameters.ts';

/** The field of a term. Terms about attributes, features and bare words have none. */
export function fieldOf(term: Pick<FieldTerm, 'field'>): QueryField {
  const field = queryFieldNamed(term.field);
  if (!field) throw new Error(`there is no field ${term.field}`);
  return field;
}

export function isFieldTerm(term: Term): term is Term & FieldTerm {
  return term.field !== 'text' && term.field !== 'has' && !('key' in term);
}

/** True if a term about a field asks for the absence of a value. */
export function isFieldNegated({ operator }: FieldTerm): boolean {
  return operator === '!=' || operator === '!~';
}

/**
 * The condition that the term holds for a column, by the type of its field. For texts, words and
 * IDs, `!=` is read as `=` and `!~` as `~`.
 *
 * @param column an expression, never text of a user.
 */
export function fieldMatch(term: FieldTerm, column: string, parameters: SqlParameters): string {
  const field = fieldOf(term);
  if ('valueNs' in term) return compare(column, term.operator, term.valueNs, parameters);
  if ('value' in term) return compare(column, term.operator, term.value, parameters);
  if (field.type === 'traceId') return `${column} = ANY (${parameters.traceIds(term.values)})`;
  if (field.type === 'spanId') return `${column} = ANY (${parameters.spanIds(term.values)})`;
  if (field.type === 'word') {
    const places = term.values.map((word) => field.words?.indexOf(word) ?? -1);
    return `${column} = ANY (${parameters.smallints(places)})`;
  }
  if (field.type === 'severity') return severityMatch(column, term.operator, term.values, field);
  return textMatch(column, term.operator, term.values, parameters);
}

/** Each word stands for four numbers. A record without a severity (0) is neither above a word, below it, nor equal to it. */
function severityMatch(
  column: string,
  operator: string,
  words: readonly string[],
  { words: known = [] }: QueryField,
): string {
  const ranges = words.map((word): [lowest: number, highest: number] => {
    const place = known.indexOf(word);
    const [first, last] = [place * 4 + 1, place * 4 + 4];
    if (operator === '>') return [last + 1, known.length * 4];
    if (operator === '>=') return [first, known.length * 4];
    if (operator === '<') return [1, first - 1];
    return [operator === '<=' ? 1 : first, last];
  });
  return (
    ranges.map(([lowest, highest]) => `${column} BETWEEN ${lowest} AND ${highest}`).join(' OR ') || 'false'
  );
}

function textMatch(
  column: string,
  operator: string,
  values: readonly string[],
  parameters: SqlParameters,
): string {
  const words = parameters.texts(values);
  if (operator === '=' || operator === '!=') return `${column} = ANY (${words})`;
  return `EXISTS (SELECT FROM unnest(${words}) word WHERE strpos(lower(${column}), lower(word)) > 0)`;
}

const NUMBER_OPERATORS = { '=': '=', '!=': '<>', '>': '>', '>=': '>=', '<': '<', '<=': '<=' } as const;

/**
 * Numbers may have a fraction (`links>1.5`). Only `numeric` compares them correctly with a column
 * of integers.
 */
export function compare(
  column: string,
  operator: NumberOperator,
  value: number,
  parameters: SqlParameters,
): string {
  const number = Number.isInteger(value) ? BigInt(value) : undefined;
  const operand =
    number !== undefined && BigInt.asIntN(64, number) === number
      ? parameters.bigint(number)
      : parameters.numeric(String(value));
  return `${column} ${NUMBER_OPERATORS[operator]} ${operand}`;
}

/**
 * The condition that the term holds for a column. A negated operator negates the match and also
 * holds for a missing value.
 */
export function fieldCondition(term: FieldTerm, column: string, parameters: SqlParameters): string {
  const match = fieldMatch(term, column, parameters);
  if ('value' in term || 'valueNs' in term) return match;
  return isFieldNegated(term) ? `(${match}) IS NOT TRUE` : match;
}
