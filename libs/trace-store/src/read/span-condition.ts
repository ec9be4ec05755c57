import { SPAN_STATUSES, type NumberOperator, type Term } from '@span-links/explorer-api';
import { attributeCondition, indexableEquals, type AttributeTerm } from './attribute-condition.ts';
import type { SqlParameters } from './sql-parameters.ts';

/** A term that is asked of the span itself; the dictionaries have answered the others. */
export type SpanTerm =
  | Exclude<Term, { field: 'service' | 'name' | 'text' } | { field: 'kind' | 'status' } | AttributeTerm>
  | (Extract<Term, { field: 'kind' | 'status' }> & { readonly field: 'status' })
  | (AttributeTerm & { readonly field: 'attribute' | 'link' });

/** Makes the condition anew for each statement, since each numbers its parameters for itself. */
export type SpanCondition = (parameters: SqlParameters) => string;

// A scalar subquery with a LIMIT, not EXISTS: the planner makes a join of that, and read all links for a page of ten spans.
const backlinkCount =
  '(SELECT count(*) FROM links b WHERE b.target_trace_id = s.trace_id AND b.target_span_id = s.span_id)';
const hasBacklinks = `(SELECT true FROM links b
  WHERE b.target_trace_id = s.trace_id AND b.target_span_id = s.span_id LIMIT 1) IS TRUE`;

/** Whether the term holds of a row `s` of `spans`. */
export function spanCondition(term: SpanTerm, parameters: SqlParameters): string {
  switch (term.field) {
    case 'status': {
      const statuses = parameters.smallints(
        term.values.map((word) => (SPAN_STATUSES as readonly string[]).indexOf(word)),
      );
      return term.operator === '=' ? `s.status = ANY (${statuses})` : `s.status <> ALL (${statuses})`;
    }
    case 'duration':
      return compare('s.duration_ns', term.operator, term.valueNs, parameters);
    case 'links':
      return compare('s.link_count', term.operator, term.value, parameters);
    case 'dropped':
      return compare('s.dropped_links', term.operator, term.value, parameters);
    case 'backlinks':
      return compare(backlinkCount, term.operator, term.value, parameters);
    case 'has':
      return featureCondition(term.what, term.negated);
    case 'trace':
      return memberOf('s.trace_id', term.operator, parameters.traceIds(term.values));
    case 'span':
      return memberOf('s.span_id', term.operator, parameters.spanIds(term.values));
    case 'link.traceId':
      return someLink(
        term.operator === '!=',
        `l.target_trace_id = ANY (${parameters.traceIds(term.values)})`,
      );
    case 'link.spanId':
      return someLink(term.operator === '!=', `l.target_span_id = ANY (${parameters.spanIds(term.values)})`);
    case 'attribute':
      return attributeCondition('s.attributes', term, parameters);
    case 'link':
      return linkAttributeCondition(term, parameters);
  }
}

function featureCondition(what: Extract<Term, { field: 'has' }>['what'], negated: boolean): string {
  const not = negated ? 'NOT ' : '';
  switch (what) {
    case 'links':
      return `${not}s.link_count > 0`;
    case 'backlinks':
      return `${not}(${hasBacklinks})`;
    case 'errors':
      return `${not}s.status = 2`;
    case 'events':
      return `${not}(s.events IS NOT NULL)`;
    case 'dropped':
      return `${not}s.dropped_links > 0`;
  }
}

/** `!=` and `!~` of a link's attribute mean: of no link of the span does the contrary hold. */
function linkAttributeCondition(term: AttributeTerm, parameters: SqlParameters): string {
  const { operator } = term;
  if (operator === '=') return someLink(false, indexableEquals('l.attributes', term, parameters));
  if (operator !== '!=' && operator !== '!~')
    return someLink(false, attributeCondition('l.attributes', term, parameters));
  const contrary: AttributeTerm = { ...term, operator: operator === '!=' ? '=' : '~' };
  return someLink(true, attributeCondition('l.attributes', contrary, parameters));
}

function someLink(negated: boolean, condition: string): string {
  const found = `(SELECT true FROM links l WHERE l.src = s.id AND ${condition} LIMIT 1)`;
  return negated ? `${found} IS NOT TRUE` : `(s.link_count > 0 AND ${found} IS TRUE)`;
}

function memberOf(column: string, operator: '=' | '!=', ids: string): string {
  return operator === '=' ? `${column} = ANY (${ids})` : `${column} <> ALL (${ids})`;
}

const NUMBER_OPERATORS = { '=': '=', '!=': '<>', '>': '>', '>=': '>=', '<': '<', '<=': '<=' } as const;

/** Numbers may have a fraction (`links>1.5`), which only `numeric` compares rightly with a column of integers. */
function compare(column: string, operator: NumberOperator, value: number, parameters: SqlParameters): string {
  const number = Number.isInteger(value) ? BigInt(value) : undefined;
  const operand =
    number !== undefined && BigInt.asIntN(64, number) === number
      ? parameters.bigint(number)
      : parameters.numeric(String(value));
  return `${column} ${NUMBER_OPERATORS[operator]} ${operand}`;
}
