import { SPAN_KINDS, type Term } from '@span-links/explorer-api';
import type { SqlParameters } from './sql-parameters.ts';

/** A term that the operations dictionary alone can answer. */
export type OperationTerm =
  | Extract<Term, { field: 'service' | 'name' | 'text' }>
  | (Extract<Term, { field: 'kind' | 'status' }> & { readonly field: 'kind' });

/** Whether the term holds of a row `o` of `operations`. */
export function operationCondition(term: OperationTerm, parameters: SqlParameters): string {
  switch (term.field) {
    case 'service':
      return textCondition('o.service', term, parameters);
    case 'name':
      return textCondition('o.name', term, parameters);
    case 'kind': {
      const kinds = parameters.smallints(
        term.values.map((word) => (SPAN_KINDS as readonly string[]).indexOf(word)),
      );
      return term.operator === '=' ? `o.kind = ANY (${kinds})` : `o.kind <> ALL (${kinds})`;
    }
    case 'text': {
      const word = `lower(${parameters.text(term.value)})`;
      const found = `(strpos(lower(o.service), ${word}) > 0 OR strpos(lower(o.name), ${word}) > 0)`;
      return term.negated ? `NOT ${found}` : found;
    }
  }
}

function textCondition(
  column: string,
  { operator, values }: Extract<OperationTerm, { field: 'service' | 'name' }>,
  parameters: SqlParameters,
): string {
  const words = parameters.texts(values);
  const contains = `EXISTS (SELECT FROM unnest(${words}) word WHERE strpos(lower(${column}), lower(word)) > 0)`;
  switch (operator) {
    case '=':
      return `${column} = ANY (${words})`;
    case '!=':
      return `${column} <> ALL (${words})`;
    case '~':
      return contains;
    case '!~':
      return `NOT ${contains}`;
  }
}
