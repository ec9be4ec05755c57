import type { Term } from '@span-links/explorer-api';
import type pg from 'pg';
import { attributeMatch, equalDocuments, listOrMap, type AttributeTerm } from './attribute-condition.ts';
import { fieldMatch, fieldOf, isFieldTerm } from './field-condition.ts';
import { SqlParameters } from './sql-parameters.ts';

/** More spans than this are not gathered: a walk back in time soon finds such frequent matches. */
const MAX_LOGGED_SPANS = 1_000;
const MAX_LOGGED_RECORDS = 5_000;

/**
 * The condition that a row `l` of `logs` fulfils the term, with `=` for `!=` and `~` for `!~`. A
 * negation is one of the span: none of its log records may fulfil the opposite.
 */
export function logMatch(term: Term, parameters: SqlParameters): string {
  if (term.field === 'text') return textMatch(term.value, parameters);
  if ('key' in term) return attributeMatch('l.attributes', term, parameters);
  return isFieldTerm(term) ? fieldMatch(term, `l.${fieldOf(term).column}`, parameters) : 'false';
}

/** The condition that a log record of the span `s` fulfils a condition on `l`. */
export function someLog(condition: string): string {
  // Postgres answers the first question once. Without it, each span of a store without log records costs
  // a look at their index.
  return `(SELECT true FROM logs WHERE trace_id IS NOT NULL ORDER BY trace_id LIMIT 1) AND (
    SELECT true FROM (SELECT * FROM logs WHERE trace_id = s.trace_id AND span_id = s.span_id OFFSET 0) l
    WHERE ${condition} LIMIT 1)`;
}

/** The condition that a log record of a span of the trace `t` fulfils the term. */
export function someLogOfTrace(term: Term, parameters: SqlParameters): string {
  const condition = term.field === 'has' ? 'true' : logMatch(term, parameters);
  return `(SELECT true FROM (SELECT * FROM logs WHERE trace_id = t.trace_id AND span_id IS NOT NULL OFFSET 0) l
    WHERE ${condition} LIMIT 1) IS TRUE`;
}

/**
 * Row ids of the spans with a log record that fulfils the term, or would without `!`.
 *
 * @returns `undefined` if no index can tell, or if there are too many.
 */
export async function spansByLogs(pool: pg.Pool, term: Term): Promise<string[] | undefined> {
  const parameters = new SqlParameters();
  const indexed = indexedCondition(term, parameters);
  if (indexed === undefined) return undefined;
  // Without OFFSET 0, the planner may read all spans to join them to a few.
  const { rows } = await pool.query<{ id: string | null; records: string }>(
    `WITH found AS MATERIALIZED (
       SELECT l.trace_id, l.span_id FROM logs l
       WHERE l.trace_id IS NOT NULL AND ${indexed} AND (${logMatch(term, parameters)}) LIMIT ${MAX_LOGGED_RECORDS + 1}
     ), places AS MATERIALIZED (
       SELECT DISTINCT trace_id, span_id FROM found WHERE span_id IS NOT NULL LIMIT ${MAX_LOGGED_SPANS + 1}
     )
     SELECT s.id, (SELECT count(*) FROM found) AS records FROM (VALUES (1)) one
     LEFT JOIN (
       SELECT s.id FROM places
       CROSS JOIN LATERAL (SELECT id FROM spans WHERE trace_id = places.trace_id AND span_id = places.span_id OFFSET 0) s
     ) s ON true`,
    parameters.values,
  );
  if (Number(rows[0]?.records) > MAX_LOGGED_RECORDS || rows.length > MAX_LOGGED_SPANS) return undefined;
  return rows.flatMap(({ id }) => (id === null ? [] : [id]));
}

/** A condition that an index of `logs` answers and that holds for each record that fulfils the term. */
function indexedCondition(term: Term, parameters: SqlParameters): string | undefined {
  if (!('operator' in term) || (term.operator !== '=' && term.operator !== '!=')) return undefined;
  if (term.field === 'log.event') return `l.event_name = ANY (${parameters.texts(term.values)})`;
  if (!('key' in term) || !isOfLogs(term)) return undefined;
  // The index cannot look for an empty list or map.
  if (term.values.some((value) => listOrMap(value) !== undefined)) return undefined;
  const documents = term.values.flatMap((value) => equalDocuments(term.key, value));
  return `(${documents.map((document) => `l.attributes @> ${parameters.jsonb(document)}`).join(' OR ') || 'false'})`;
}

function isOfLogs({ field }: AttributeTerm): boolean {
  return field === 'attribute' || field === 'log';
}

function textMatch(value: string, parameters: SqlParameters): string {
  const word = `lower(${parameters.text(value)})`;
  const escaped = `lower(${parameters.text(JSON.stringify(value).slice(1, -1))})`;
  const has = (text: string) => `strpos(lower(${text}), ${word}) > 0`;
  return [
    has('l.body'),
    has('l.event_name'),
    `strpos(lower(l.attributes::text), ${escaped}) > 0 AND EXISTS (SELECT FROM jsonb_each_text(l.attributes) v WHERE ${has('v.value')})`,
  ].join(' OR ');
}
