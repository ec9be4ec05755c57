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
  { prefix: 'scope.', owner: 'scope', hint: 'attribute of scopes' },
  { prefix: 'event.', owner: 'event', hint: 'attribute of events' },
  { prefix: 'log.', owner: 'log', hint: 'attribute of log records' },
  { prefix: '', owner: 'attribute', hint: 'attribute of spans' },
  { prefix: '', owner: 'event', hint: 'attribute of events' },
  { prefix: '', owner: 'log', hint: 'attribute of log records' },
];

/** The suggestions for any number. */
const NUMBERS = ['0', '1', '10', '100'];
const DURATIONS = ['10ms', '100ms', '1s', '10s'];

/**
 * The completions at a place of a query: fields and attribute keys, or values of the key before the
 * operator.
 */
export async function suggestionsAt(reader: TraceReader, text: string, at: number): Promise<Suggestions> {
  const point = queryPointAt(text, at);
  const suggestions = await (point.kind === 'key' ? keys(reader, point.typed) : values(reader, point));
  return { ...point.replace, suggestions: suggestions.slice(0, MOST) };
}

async function keys(reader: TraceReader, typed: string): Promise<Suggestion[]> {
  const fields = QUERY_FIELDS.filter(({ name }) => startsWith(name, typed)).map(
    ({ name, type, description }) => ({
      text: type === 'attributes' ? name : name + firstOperator(name),
      hint: description,
    }),
  );
  const attributes = await Promise.all(
    PREFIXES.map(async ({ prefix, owner, hint }) => {
      if (!typed.toLowerCase().startsWith(prefix)) return [];
      const found = await reader.attributeKeys(typed.slice(prefix.length), owner);
      // A key of an event or a log record can also be found without its prefix.
      const field = prefix === '' ? 'attribute' : owner;
      return found.map((key) => ({ text: `${written(field, key)}=`, hint }));
    }),
  );
  const seen = new Set<string>();
  return [...fields, ...attributes.flat()].filter(({ text }) => !seen.has(text) && seen.add(text));
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
  if (owner !== 'attribute')
    return matching(await reader.attributeValues(key.slice(prefix.length), typed, owner), typed, hint);
  // `attr.` only means an attribute of the span itself.
  const name = key.replace(/^attr\./, '');
  const owners: AttributeOwner[] = name === key ? ['attribute', 'event', 'log'] : ['attribute'];
  const found = await Promise.all(owners.map((one) => reader.attributeValues(name, typed, one)));
  return matching([...new Set(found.flat())], typed, hint);
}

async function fieldValues(reader: TraceReader, { name, type, description }: QueryField, typed: string) {
  if (name === 'service' || name === 'name') {
    const { services } = await reader.services();
    const known = services.flatMap(({ service, operations }) =>
      name === 'service' ? [service] : operations,
    );
    return matching([...new Set(known)].sort(), typed, description);
  }
  if (type !== 'duration' && type !== 'number') return [];
  return matching(type === 'duration' ? DURATIONS : NUMBERS, typed, description);
}

function matching(texts: readonly string[], typed: string, hint: string): Suggestion[] {
  return texts.filter((text) => startsWith(text, typed)).map((text) => ({ text: value(text), hint }));
}

function startsWith(text: string, typed: string): boolean {
  return text.toLowerCase().startsWith(typed.toLowerCase());
}

/** A value, in quotes if it needs them. */
function value(text: string): string {
  const place = { from: 0, to: 0 };
  return formatQuery({ terms: [{ ...place, field: 'service', operator: '=', values: [text] }] }).slice(
    'service='.length,
  );
}

/** A key with its prefix, in quotes if it needs them. */
function written(field: AttributeOwner, key: string): string {
  const place = { from: 0, to: 0 };
  return formatQuery({ terms: [{ ...place, field, key, operator: '=', values: ['x'] }] }).slice(
    0,
    -'=x'.length,
  );
}
