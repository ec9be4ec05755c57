import {
  isJourneyTerm,
  parseLinkQuery,
  parseQuery,
  type AttributeTerm,
  type Query,
} from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';

/**
 * A query for spans or traces. @throws ProblemException 400 with the place of the error, in UTF-16
 * code units.
 */
export function searchQuery(text: string): Query {
  const query = parsedQuery(text);
  const ofJourneys = query.terms.find(isJourneyTerm);
  if (ofJourneys)
    throw notUnderstood(`${ofJourneys.field} is known in the list of journeys only`, ofJourneys);
  return query;
}

/** A query for journeys. @throws ProblemException 400 with the place of the error. */
export function parsedQuery(text: string): Query {
  const parsed = parseQuery(text);
  if (parsed.ok) return parsed.query;
  throw notUnderstood(parsed.error.message, parsed.error);
}

/** A query for links. @throws ProblemException 400 with the place of the error. */
export function linkQuery(text: string): readonly AttributeTerm[] {
  const parsed = parseLinkQuery(text);
  if (parsed.ok) return parsed.terms;
  throw notUnderstood(parsed.error.message, parsed.error);
}

function notUnderstood(message: string, { from, to }: { from: number; to: number }): ProblemException {
  return new ProblemException({
    status: 400,
    title: 'Query not understood',
    detail: message,
    extensions: { from, to },
  });
}
