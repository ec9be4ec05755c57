import { isJourneyTerm, type JourneyTerm, type Query, type Term } from '@span-links/explorer-api';
import type pg from 'pg';
import { askedHashes, askedOperations, askedOwners, type KnownOperation } from './asked-hashes.ts';
import { indexableEquals, listOrMap, type AttributeTerm } from './attribute-condition.ts';
import type { FilterTerm } from './candidate-blocks.ts';
import { fieldCondition, fieldOf, isFieldTerm } from './field-condition.ts';
import { someLogOfTrace } from './log-condition.ts';
import { knownOwners } from './owner-questions.ts';
import { spanCondition, type KnownOwners, type SpanCondition } from './span-condition.ts';
import { SqlParameters } from './sql-parameters.ts';
import { tagCondition, type TagFilter } from './tag-condition.ts';

/** A term that is checked on spans. The operations dictionary answers the others. */
type SpanTerm = Exclude<Term, JourneyTerm>;

/**
 * More spans than this are not gathered and sorted: each costs a look at the heap, and a walk back
 * in time soon finds such frequent matches.
 */
export const MAX_CANDIDATES = 5_000;

/** Spans that an index finds independent of time: a FROM clause that yields `s`, and its WHERE. */
export type CandidateSource = (parameters: SqlParameters) => string;

/** A query whose dictionary terms are answered. */
export interface SearchPlan {
  /** False if the dictionaries alone show that no span can match. */
  readonly possible: boolean;
  /** All conditions on a span `s`. */
  readonly conditions: readonly SpanCondition[];
  /** Conditions that narrow a walk over spans by an index in time order. */
  readonly spanWalk: readonly string[];
  /** The same for a walk over traces `t`. */
  readonly traceWalk: readonly string[];
  /** Conditions on a trace `t` without which none of its spans can match. */
  readonly traceConditions: readonly SpanCondition[];
  /** Indexes that find rare matches at once, most selective first. */
  readonly sources: readonly CandidateSource[];
  /** Attributes with `=`, which the filters of blocks can answer. */
  readonly attributeFilters: readonly FilterTerm[];
  /** The possible operations of a span. Filters know these too, but most are frequent. */
  readonly operationFilter: FilterTerm | undefined;
  /** All other conditions. */
  readonly otherConditions: readonly SpanCondition[];
  /** True if the first source is so narrow that a walk before it would be a waste. */
  readonly isPrecise: boolean;
}

export async function planSearch(
  pool: pg.Pool,
  query: Query,
  tags: readonly TagFilter[] = [],
): Promise<SearchPlan> {
  const operationTerms = query.terms.filter(isOperationTerm);
  const spanTerms = query.terms.filter(isSpanTerm);
  const [operations, owners] = await Promise.all([
    operationsOf(pool, operationTerms),
    knownOwners(pool, spanTerms),
  ]);
  const asked = spanTerms.map((term, place) => ({ term, owners: owners[place]! }));
  const attributeFilters = asked.flatMap(({ term, owners: known }) =>
    isFilterTerm(term, known) ? [attributeFilter(term, known)] : [],
  );
  const operationFilter = operations && filterOf(operations);
  const conditions = asked
    .filter(({ term, owners: known }) => !isFilterTerm(term, known))
    .map(
      ({ term, owners: known }): SpanCondition =>
        (parameters) =>
          spanCondition(term, known, parameters),
    );
  for (const tag of tags) conditions.push((parameters) => tagCondition(tag, parameters));
  const filters = [...attributeFilters, ...(operationFilter ? [operationFilter] : [])];
  return {
    possible: operations?.length !== 0 && !asked.some(isHopeless),
    // Filter conditions come first because they cost less than a look at links.
    conditions: [...filters.map(({ condition }) => condition), ...conditions],
    otherConditions: conditions,
    spanWalk: spanTerms.some(wantsErrors) ? ['s.status = 2'] : [],
    traceWalk: traceWalk(spanTerms),
    traceConditions: traceConditions(spanTerms, operations && idsOf(operations)),
    sources: candidateSources(asked),
    attributeFilters,
    operationFilter,
    isPrecise: asked.some((one) => isOfTrace(one.term) || isOfFewLogs(one)),
  };
}

interface AskedTerm {
  readonly term: SpanTerm;
  readonly owners: KnownOwners;
}

function isOfTrace(term: SpanTerm): term is Extract<SpanTerm, { field: 'trace' }> {
  return term.field === 'trace' && term.operator === '=';
}

/** True for a term that only log records fulfil and whose few spans are known. */
function isOfFewLogs(asked: AskedTerm): asked is AskedTerm & { owners: { logged: readonly string[] } } {
  return wantsLog(asked.term) && asked.owners.logged !== undefined;
}

/** True if a span without log records cannot fulfil the term. */
function wantsLog(term: SpanTerm): boolean {
  if (term.field === 'has') return term.what === 'logs' && !term.negated;
  const isOfLogs = term.field === 'log' || (isFieldTerm(term) && fieldOf(term).of === 'log');
  return isOfLogs && 'operator' in term && term.operator !== '!=' && term.operator !== '!~';
}

/** True if the dictionaries alone show that no span can match. */
function isHopeless({ term, owners }: AskedTerm): boolean {
  if ('operator' in term && (term.operator === '!=' || term.operator === '!~')) return false;
  if (wantsLog(term)) return owners.logged?.length === 0;
  if (term.field === 'resource') return owners.resources.length === 0;
  const isOfScope = isFieldTerm(term) && fieldOf(term).of === 'scope';
  return (term.field === 'scope' || isOfScope) && owners.scopes.length === 0;
}

function attributeFilter(term: AttributeTerm, owners: KnownOwners): FilterTerm {
  return {
    asked: [...askedHashes(term), ...askedOwners(owners.resources, owners.scopes)],
    condition: (parameters) => spanCondition(term, owners, parameters),
    others: owners.logged,
  };
}

function filterOf(operations: readonly KnownOperation[]): FilterTerm {
  const ids = idsOf(operations);
  return {
    asked: askedOperations(operations),
    condition: (parameters) => `s.operation = ANY (${parameters.integers(ids)})`,
  };
}

function idsOf(rows: readonly { readonly id: number }[]): number[] {
  return rows.map(({ id }) => id);
}

/** The operations that fulfil all of these terms; `undefined` if there are no terms. */
async function operationsOf(
  pool: pg.Pool,
  terms: readonly OperationTerm[],
): Promise<KnownOperation[] | undefined> {
  if (terms.length === 0) return undefined;
  const parameters = new SqlParameters();
  const where = terms.map((term) => fieldCondition(term, `o.${fieldOf(term).column}`, parameters));
  const { rows } = await pool.query<KnownOperation>(
    `SELECT id, service FROM operations o WHERE ${where.join(' AND ')}`,
    parameters.values,
  );
  return rows;
}

function candidateSources(asked: readonly AskedTerm[]): CandidateSource[] {
  const fromSpans = (condition: SpanCondition): CandidateSource => {
    return (parameters) => `spans s WHERE ${condition(parameters)}`;
  };
  // The spans are looked up one by one. With a free join, the planner reads all spans for a link
  // that ten have.
  const fromLinks = (condition: SpanCondition): CandidateSource => {
    return (
      parameters,
    ) => `(SELECT DISTINCT l.src FROM links l WHERE ${condition(parameters)} LIMIT ${MAX_CANDIDATES + 1}) x
      CROSS JOIN LATERAL (SELECT * FROM spans WHERE id = x.src OFFSET 0) s`;
  };
  const sources: CandidateSource[] = [];
  for (const one of asked) {
    const { term } = one;
    if (isOfFewLogs(one)) {
      const { logged } = one.owners;
      sources.unshift(fromSpans((parameters) => `s.id = ANY (${parameters.bigints(logged)})`));
    } else if (isOfTrace(term)) {
      sources.unshift(fromSpans((parameters) => `s.trace_id = ANY (${parameters.traceIds(term.values)})`));
    } else if (term.field === 'link.traceId' && term.operator === '=') {
      sources.push(
        fromLinks((parameters) => `l.target_trace_id = ANY (${parameters.traceIds(term.values)})`),
      );
    } else if (term.field === 'link' && term.operator === '=' && !term.values.some(listOrMap)) {
      sources.push(fromLinks((parameters) => indexableEquals('l.attributes', term, parameters)));
    }
  }
  for (const { term } of asked) {
    if (term.field === 'links' && (term.operator === '>' || term.operator === '>=') && term.value >= 1) {
      sources.push(
        fromSpans((parameters) => `s.link_count > 0 AND ${fieldCondition(term, 's.link_count', parameters)}`),
      );
    }
  }
  return sources;
}

/** Each condition uses a column of the summary, so skipping a row costs almost nothing. */
function traceWalk(terms: readonly SpanTerm[]): string[] {
  const conditions: string[] = [];
  if (terms.some(wantsErrors)) conditions.push('t.error_count > 0');
  if (terms.some(wantsLinks)) conditions.push('t.link_count > 0');
  if (terms.some((term) => term.field === 'has' && term.what === 'backlinks' && !term.negated)) {
    conditions.push('t.backlink_count > 0');
  }
  return conditions;
}

function traceConditions(
  terms: readonly SpanTerm[],
  operations: readonly number[] | undefined,
): SpanCondition[] {
  const conditions: SpanCondition[] = [];
  if (operations) {
    // The writer keeps the first 1,000 operations of a trace.
    conditions.push(
      (parameters) =>
        `(t.operations && ${parameters.integers(operations)} OR cardinality(t.operations) >= 1000)`,
    );
  }
  for (const term of terms) {
    if (wantsLog(term)) conditions.push((parameters) => someLogOfTrace(term, parameters));
    // No span is longer than its trace.
    if (term.field === 'duration' && (term.operator === '>' || term.operator === '>=')) {
      conditions.push((parameters) => `t.end_ns - t.start_ns >= ${parameters.numeric(String(term.valueNs))}`);
    }
  }
  return conditions;
}

function wantsErrors(term: SpanTerm): boolean {
  if (term.field === 'has') return term.what === 'errors' && !term.negated;
  return term.field === 'status' && term.operator === '=' && term.values.every((word) => word === 'error');
}

function wantsLinks(term: SpanTerm): boolean {
  if (term.field === 'has') return term.what === 'links' && !term.negated;
  if (term.field === 'link.traceId' || term.field === 'link.spanId') return term.operator === '=';
  return term.field === 'link' && term.operator !== '!=' && term.operator !== '!~';
}

/** Filters do not know log records, so the spans of those must be known for a key without a prefix. */
function isFilterTerm(term: SpanTerm, { logged }: KnownOwners): term is AttributeTerm {
  if (!('key' in term) || term.operator !== '=') return false;
  return term.field === 'attr' || (term.field === 'attribute' && logged !== undefined);
}

type OperationTerm = Extract<Term, { field: 'service' | 'name' | 'kind' }>;

function isOperationTerm(term: Term): term is OperationTerm {
  return isFieldTerm(term) && fieldOf(term).of === 'operation';
}

function isSpanTerm(term: Term): term is SpanTerm {
  return !isOperationTerm(term) && !isJourneyTerm(term);
}
