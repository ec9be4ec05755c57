import { nearestName, QUERY_FIELDS, type Query, type Term } from '@span-links/explorer-api';
import type { AttributeOwner, TraceReader } from '@span-links/trace-store';

type KeyTerm = Extract<Term, { readonly key: string }>;

/** The possible owners of a term's key. */
const OWNERS: Readonly<Record<KeyTerm['field'], readonly AttributeOwner[]>> = {
  attribute: ['attribute', 'resource', 'scope', 'event', 'log'],
  attr: ['attribute'],
  resource: ['resource'],
  scope: ['scope'],
  event: ['event'],
  log: ['log'],
  link: ['link'],
};

/**
 * Explains an empty search: names a word in it that is neither a field nor a known attribute, and
 * the probable correct name. Any name may be an attribute, so this is no error.
 *
 * @returns `undefined` if all names are known
 */
export async function searchHint(reader: TraceReader, query: Query): Promise<string | undefined> {
  for (const term of query.terms) {
    if (!('key' in term)) continue;
    const owners = OWNERS[term.field];
    const [exact, recent] = await Promise.all([keysOf(reader, owners, term.key), keysOf(reader, owners, '')]);
    if (exact.includes(term.key)) continue;
    const prefix = term.field === 'attribute' ? '' : `${term.field}.`;
    const fields = QUERY_FIELDS.filter(({ type }) => type !== 'attributes').map(({ name }) => name);
    const nearest = nearestName(prefix + term.key, [...fields, ...recent.map((key) => prefix + key)]);
    const known = `“${prefix}${term.key}” is no field, and nothing recent has an attribute of this name.`;
    return nearest === undefined ? known : `${known} Did you mean “${nearest}”?`;
  }
  return undefined;
}

/** The same as a part of an answer. */
export async function hinted(reader: TraceReader, query: Query): Promise<{ readonly hint?: string }> {
  const hint = await searchHint(reader, query);
  return hint === undefined ? {} : { hint };
}

async function keysOf(
  reader: TraceReader,
  owners: readonly AttributeOwner[],
  prefix: string,
): Promise<string[]> {
  return (await Promise.all(owners.map((owner) => reader.attributeKeys(prefix, owner)))).flat();
}
