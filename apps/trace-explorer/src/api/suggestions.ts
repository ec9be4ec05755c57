import {
  formatQuery,
  operatorsAfter,
  QUERY_FIELDS,
  queryPointAt,
  type QueryField,
  type QueryPoint,
  type Suggestions,
} from '@span-links/explorer-api';
import type { AttributeOwner, TraceReader } from '@span-links/trace-store';

type Suggestion = Suggestions['suggestions'][number];

const MOST = 50;
const PREFIXES: readonly {
  readonly prefix: string;
  readonly owner: AttributeOwner;
  readonly hint: string;
}[] = [
  { prefix: 'link.', owner: 'link', hint: 'attribute of links' },
  { prefix: 'resource.', owner: 'resource', hint: 'attribute of resources' },
  { prefix: '', owner: 'attribute', hint: 'attribute of spans' },
];

/** What may stand at a place of a query: fields and attribute keys, or values of the key before the operator. */
export async function suggestionsAt(reader: TraceReader, text: string, at: number): Promise<Suggestions> {
  const point = queryPointAt(text, at);
  const suggestions = await (point.kind === 'key' ? keys(reader, point.typed) : values(reader, point));
  return { ...point.replace, suggestions: suggestions.slice(0, MOST) };
}

async function keys(reader: TraceReader, typed: string): Promise<Suggestion[]> {
  const fields = QUERY_FIELDS.filter(({ name }) => startsWith(name, typed)).map(({ name, description }) => ({
    text: name.endsWith('.') ? name : name + firstOperator(name),
    hint: description,
  }));
  const attributes = await Promise.all(
    PREFIXES.map(async ({ prefix, owner, hint }) => {
      if (!typed.toLowerCase().startsWith(prefix)) return [];
      const found = await reader.attributeKeys(typed.slice(prefix.length), owner);
      return found.map((key) => ({ text: `${written(owner, key)}=`, hint }));
    }),
  );
  return [...fields, ...attributes.flat()];
}

function firstOperator(name: string): string {
  return operatorsAfter(name)[0] ?? '=';
}

async function values(reader: TraceReader, point: QueryPoint & { kind: 'value' }): Promise<Suggestion[]> {
  const { key, typed } = point;
  const field = QUERY_FIELDS.find(({ name }) => name === key);
  if (field?.words) return matching(field.words, typed, field.description);
  if (field) return fieldValues(reader, field, typed);
  const { prefix, owner, hint } = PREFIXES.find((one) => key.startsWith(one.prefix))!;
  // `attr.` only says that a span attribute is meant.
  const name = owner === 'attribute' ? key.replace(/^attr\./, '') : key.slice(prefix.length);
  return matching(await reader.attributeValues(name, typed, owner), typed, hint);
}

async function fieldValues(reader: TraceReader, { name, description }: QueryField, typed: string) {
  if (name === 'service' || name === 'name') {
    const { services } = await reader.services();
    const known = services.flatMap(({ service, operations }) =>
      name === 'service' ? [service] : operations,
    );
    return matching([...new Set(known)].sort(), typed, description);
  }
  const examples = name === 'duration' ? ['10ms', '100ms', '1s', '10s'] : ['0', '1', '10', '100'];
  return /^(?:duration|links|backlinks|dropped)$/.test(name) ? matching(examples, typed, description) : [];
}

function matching(texts: readonly string[], typed: string, hint: string): Suggestion[] {
  return texts.filter((text) => startsWith(text, typed)).map((text) => ({ text: value(text), hint }));
}

function startsWith(text: string, typed: string): boolean {
  return text.toLowerCase().startsWith(typed.toLowerCase());
}

/** A value in quotes where it needs them. */
function value(text: string): string {
  const place = { from: 0, to: 0 };
  return formatQuery({ terms: [{ ...place, field: 'service', operator: '=', values: [text] }] }).slice(
    'service='.length,
  );
}

/** A key with its prefix, in quotes where it needs them. */
function written(field: AttributeOwner, key: string): string {
  const place = { from: 0, to: 0 };
  return formatQuery({ terms: [{ ...place, field, key, operator: '=', values: ['x'] }] }).slice(
    0,
    -'=x'.length,
  );
}
