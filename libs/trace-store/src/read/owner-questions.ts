import type { Term } from '@span-links/explorer-api';
import type pg from 'pg';
import { attributeMatch } from './attribute-condition.ts';
import { fieldMatch, fieldOf, isFieldTerm } from './field-condition.ts';
import { spansByLogs } from './log-condition.ts';
import type { KnownOwners } from './span-condition.ts';
import { SqlParameters } from './sql-parameters.ts';

type Dictionary = 'operations' | 'resources' | 'scopes';
type Condition = (parameters: SqlParameters) => string;

const ALIASES = { operations: 'o', resources: 'r', scopes: 'c' } as const;
const NOBODY: KnownOwners = { operations: [], resources: [], scopes: [] };

/** Asks the dictionaries and the indexes of log records which of their rows fulfil each term, or would without `!`. */
export async function knownOwners(pool: pg.Pool, terms: readonly Term[]): Promise<KnownOwners[]> {
  const [owners, logged] = await Promise.all([
    fromDictionaries(pool, terms),
    Promise.all(terms.map((term) => spansByLogs(pool, term))),
  ]);
  return owners.map((known, place) => ({ ...known, logged: logged[place] }));
}

/**
 * Asks the dictionaries for all terms at once which of their rows fulfil a term, or would without
 * `!`. Spans refer to their operation, resource and scope by number.
 */
async function fromDictionaries(pool: pg.Pool, terms: readonly Term[]): Promise<KnownOwners[]> {
  const parameters = new SqlParameters();
  const questions = terms.flatMap((term, place) =>
    questionsOf(term).map(([dictionary, condition]) => {
      const alias = ALIASES[dictionary];
      return `SELECT ${place} AS place, '${dictionary}' AS dictionary, ${alias}.id FROM ${dictionary} ${alias} WHERE ${condition(parameters)}`;
    }),
  );
  if (questions.length === 0) return terms.map(() => NOBODY);
  const { rows } = await pool.query<{ place: number; dictionary: Dictionary; id: number }>(
    questions.join(' UNION ALL '),
    parameters.values,
  );
  return terms.map((_, place) => {
    const ids = (dictionary: Dictionary) =>
      rows.filter((row) => row.place === place && row.dictionary === dictionary).map(({ id }) => id);
    return { operations: ids('operations'), resources: ids('resources'), scopes: ids('scopes') };
  });
}

function questionsOf(term: Term): [Dictionary, Condition][] {
  if (term.field === 'text') return wordQuestions(term.value);
  if ('key' in term) {
    const resources: [Dictionary, Condition] = [
      'resources',
      (parameters) => attributeMatch('r.attributes', term, parameters),
    ];
    const scopes: [Dictionary, Condition] = [
      'scopes',
      (parameters) => attributeMatch('c.attributes', term, parameters),
    ];
    if (term.field === 'attribute') return [resources, scopes];
    return term.field === 'resource' ? [resources] : term.field === 'scope' ? [scopes] : [];
  }
  if (!isFieldTerm(term)) return [];
  const { of, column } = fieldOf(term);
  if (of === 'scope') return [['scopes', (parameters) => fieldMatch(term, `c.${column}`, parameters)]];
  return of === 'resource'
    ? [['resources', (parameters) => fieldMatch(term, `r.${column}`, parameters)]]
    : [];
}

function wordQuestions(value: string): [Dictionary, Condition][] {
  const has = (text: string, parameters: SqlParameters) =>
    `strpos(lower(${text}), lower(${parameters.text(value)})) > 0`;
  const someValue = (document: string, parameters: SqlParameters) =>
    `EXISTS (SELECT FROM jsonb_each_text(${document}) v WHERE ${has('v.value', parameters)})`;
  return [
    ['operations', (parameters) => `${has('o.service', parameters)} OR ${has('o.name', parameters)}`],
    ['resources', (parameters) => someValue('r.attributes', parameters)],
    [
      'scopes',
      (parameters) =>
        `${has('c.name', parameters)} OR ${has('c.version', parameters)} OR ${someValue('c.attributes', parameters)}`,
    ],
  ];
}
