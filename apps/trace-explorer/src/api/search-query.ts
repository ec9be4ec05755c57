import { parseQuery, type Query } from '@span-links/explorer-api';
import { ProblemException } from '@span-links/service-shell';

/** @throws ProblemException 400 that says where the query goes wrong, in UTF-16 code units. */
export function searchQuery(text: string): Query {
  const parsed = parseQuery(text);
  if (parsed.ok) return parsed.query;
  const { message, from, to } = parsed.error;
  throw new ProblemException({
    status: 400,
    title: 'Query not understood',
    detail: message,
    extensions: { from, to },
  });
}
