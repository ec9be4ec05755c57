import { QueryProblem, QueryScanner, type QueryError } from './query-scan.ts';
import { termOf } from './query-terms.ts';
import type { Query, Term } from './query.ts';

/** Limits of a query, so that none is expensive to parse or to answer. */
export const QUERY_LIMITS = Object.freeze({ characters: 2_000, terms: 50, valuesPerTerm: 100 });

export type ParsedQuery =
  { readonly ok: true; readonly query: Query } | { readonly ok: false; readonly error: QueryError };

/**
 * Reads a query. White space separates terms, and all of them must hold for one span:
 *
 * service=orders-batch,orders-api  name~batch  status=error  kind=consumer  duration>100ms
 * has:links  -has:backlinks  links>100  dropped>0  trace=<32 hex>  link.traceId=<32 hex>
 * order.id=42  http.response.status_code>=500  link.spanlinks.relation=origin
 * resource.host.name~web
 * status.message~refused  event.name=exception  exception.type=QueryFailed  scope.name~http
 * event.exception.message~key
 * log.body~declined  log.severity>=warn  log.event=exception  log.exception.type=CardDeclined
 * batch  -health   (contained in a name, a message or a value)   "my key"="a \"b\" c"
 *
 * A key in quotes is always the key of an attribute, even if a field has that name. `attr.` is the
 * prefix for attributes of the span itself. Never throws.
 */
export function parseQuery(text: string): ParsedQuery {
  try {
    if (text.length > QUERY_LIMITS.characters) {
      throw new QueryProblem(`a query has at most ${QUERY_LIMITS.characters} characters`, {
        from: QUERY_LIMITS.characters,
        to: text.length,
      });
    }
    return { ok: true, query: { terms: termsOf(text) } };
  } catch (error) {
    if (!(error instanceof QueryProblem)) throw error;
    return { ok: false, error: { message: error.message, ...error.place } };
  }
}

function termsOf(text: string): Term[] {
  const scanner = new QueryScanner(text);
  const terms: Term[] = [];
  for (let raw = scanner.next(); raw !== undefined; raw = scanner.next()) {
    if (terms.length === QUERY_LIMITS.terms) {
      throw new QueryProblem(`a query has at most ${QUERY_LIMITS.terms} terms`, raw);
    }
    if (raw.values.length > QUERY_LIMITS.valuesPerTerm) {
      throw new QueryProblem(`a term has at most ${QUERY_LIMITS.valuesPerTerm} values`, raw);
    }
    terms.push(termOf(raw));
  }
  return terms;
}
