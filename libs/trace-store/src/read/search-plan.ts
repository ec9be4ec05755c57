import type { Query, Term } from '@span-links/explorer-api';
import type pg from 'pg';
import { askedHashes, askedOperations, type KnownOperation } from './asked-hashes.ts';
import { attributeCondition, indexableEquals, type AttributeTerm } from './attribute-condition.ts';
import type { FilterTerm } from './candidate-blocks.ts';
import { operationCondition, type OperationTerm } from './operation-condition.ts';
import { spanCondition, type SpanCondition, type SpanTerm } from './span-condition.ts';
import { SqlParameters } from './sql-parameters.ts';

/**
 * More spans than this are not gathered to be sorted: they cost a look at the heap each, and what is so frequent is soon found by walking
 * back in time.
 */
export const MAX_CANDIDATES = 5_000;

/** Spans that an index finds without regard to time: a FROM clause that yields `s`, and its WHERE. */
export type CandidateSource = (parameters: SqlParameters) => string;

/** A query, its dictionary terms answered. */
export interface SearchPlan {
  /** False where the dictionaries alone show that no span can match. */
  readonly possible: boolean;
  /** All that has to hold of a span `s`. */
  readonly conditions: readonly SpanCondition[];
  /** What narrows a walk over spans by an index in time order. */
  readonly spanWalk: readonly string[];
  /** The same for a walk over traces `t`. */
  readonly traceWalk: readonly string[];
  /** What a trace `t` has to be like for one of its spans to match. */
  readonly traceConditions: readonly SpanCondition[];
  /** Where rare matches are found at once, the most selective first. */
  readonly sources: readonly CandidateSource[];
  /** Attributes with `=`, which the filters of blocks know of. */
  readonly attributeFilters: readonly FilterTerm[];
  /** The operations that a span has to be one of; filters know of these, too, and most are frequent. */
  readonly operationFilter: FilterTerm | undefined;
  /** All the other conditions. */
  readonly otherConditions: readonly SpanCondition[];
  /** Whether the first source names its spans so narrowly that walking first would be a waste. */
  readonly isPrecise: boolean;
}

export async function planSearch(pool: pg.Pool, query: Query): Promise<SearchPlan> {
  const operationTerms = query.terms.filter(isOperationTerm);
  const resourceTerms = query.terms.filter(isResourceTerm);
  const spanTerms = query.terms.filter(isSpanTerm);
  const [operations, resources] = await Promise.all([
    known<KnownOperation>(
      pool,
      'id, service FROM operations o',
      operationTerms.map((term) => (parameters) => operationCondition(term, parameters)),
    ),
    known<{ id: number }>(
      pool,
      'id FROM resources r',
      resourceTerms.map((term) => (parameters) => attributeCondition('r.attributes', term, parameters)),
    ),
  ]);
  const attributeFilters = spanTerms.filter(isFilterTerm).map(attributeFilter);
  const operationFilter = operations && filterOf(operations);
  const conditions = spanTerms.filter((term) => !isFilterTerm(term)).map(conditionOf);
  if (resources)
    conditions.push((parameters) => `s.resource = ANY (${parameters.integers(idsOf(resources))})`);
  const filters = [...attributeFilters, ...(operationFilter ? [operationFilter] : [])];
  return {
    possible: operations?.length !== 0 && resources?.length !== 0,
    // Those of filters first: they cost less than a look at links.
    conditions: [...filters.map(({ condition }) => condition), ...conditions],
    otherConditions: conditions,
    spanWalk: spanTerms.some(wantsErrors) ? ['s.status = 2'] : [],
    traceWalk: traceWalk(spanTerms),
    traceConditions: traceConditions(spanTerms, operations && idsOf(operations)),
    sources: candidateSources(spanTerms),
    attributeFilters,
    operationFilter,
    isPrecise: spanTerms.some((term) => term.field === 'trace' && term.operator === '='),
  };
}

function conditionOf(term: SpanTerm): SpanCondition {
  return (parameters) => spanCondition(term, parameters);
}

function attributeFilter(term: AttributeTerm): FilterTerm {
  return {
    asked: askedHashes(term),
    condition: (parameters) => indexableEquals('s.attributes', term, parameters),
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

/** Rows of a dictionary; `undefined` where nothing was asked. */
async function known<Row extends pg.QueryResultRow>(
  pool: pg.Pool,
  what: 'id, service FROM operations o' | 'id FROM resources r',
  conditions: readonly SpanCondition[],
): Promise<Row[] | undefined> {
  if (conditions.length === 0) return undefined;
  const parameters = new SqlParameters();
  const where = conditions.map((condition) => condition(parameters)).join(' AND ');
  const { rows } = await pool.query<Row>(`SELECT ${what} WHERE ${where}`, parameters.values);
  return rows;
}

function candidateSources(terms: readonly SpanTerm[]): CandidateSource[] {
  const fromSpans = (condition: SpanCondition): CandidateSource => {
    return (parameters) => `spans s WHERE ${condition(parameters)}`;
  };
  // The spans are looked up one by one: joined freely, the planner reads them all for a link that ten have.
  const fromLinks = (condition: SpanCondition): CandidateSource => {
    return (
      parameters,
    ) => `(SELECT DISTINCT l.src FROM links l WHERE ${condition(parameters)} LIMIT ${MAX_CANDIDATES + 1}) x
      CROSS JOIN LATERAL (SELECT * FROM spans WHERE id = x.src OFFSET 0) s`;
  };
  const sources: CandidateSource[] = [];
  for (const term of terms) {
    if (term.field === 'trace' && term.operator === '=') {
      sources.unshift(fromSpans((parameters) => `s.trace_id = ANY (${parameters.traceIds(term.values)})`));
    } else if (term.field === 'link.traceId' && term.operator === '=') {
      sources.push(
        fromLinks((parameters) => `l.target_trace_id = ANY (${parameters.traceIds(term.values)})`),
      );
    } else if (term.field === 'link' && term.operator === '=') {
      sources.push(fromLinks((parameters) => indexableEquals('l.attributes', term, parameters)));
    }
  }
  for (const term of terms) {
    if (term.field === 'links' && (term.operator === '>' || term.operator === '>=') && term.value >= 1) {
      sources.push(fromSpans((parameters) => `s.link_count > 0 AND ${spanCondition(term, parameters)}`));
    }
  }
  return sources;
}

/** Each is a column of the summary, so rows that fail are passed over at next to no cost. */
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

function isFilterTerm(term: SpanTerm): term is AttributeTerm & SpanTerm {
  return term.field === 'attribute' && term.operator === '=';
}

function isOperationTerm(term: Term): term is Term & OperationTerm {
  return term.field === 'service' || term.field === 'name' || term.field === 'kind' || term.field === 'text';
}

function isResourceTerm(term: Term): term is Term & AttributeTerm {
  return term.field === 'resource';
}

function isSpanTerm(term: Term): term is Term & SpanTerm {
  return !isOperationTerm(term) && !isResourceTerm(term);
}
