import { formatQuery, parseQuery, QUERY_FIELDS, type QueryField } from '@span-links/explorer-api';
import { decodeTracesJson } from '@span-links/otlp';
import { TraceReader, type TraceStore } from '@span-links/trace-store';
import { openTestStore } from '@span-links/trace-store/testing';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { searchHint } from '../src/api/search-hint.ts';
import { suggestionsAt } from '../src/api/suggestions.ts';

let store: TraceStore;
let reader: TraceReader;
const traceId = 'a'.repeat(32);
const text = (key: string, value: string) => ({ key, value: { stringValue: value } });

beforeAll(async () => {
  store = await openTestStore();
  reader = new TraceReader(store.readers);
  const spans = [1, 2].map((n) => ({
    traceId,
    spanId: `000000000000000${n}`,
    name: `span ${n}`,
    flags: n * 256,
    startTimeUnixNano: '1790000000000000000',
    endTimeUnixNano: '1790000000000000001',
    attributes: [text('order.id', `o-${n}`)],
    events: [
      {
        name: 'exception',
        timeUnixNano: '1790000000000000000',
        attributes: [text('exception.type', `Failure${n}`)],
      },
    ],
  }));
  const resource = { attributes: [text('service.name', 'orders')] };
  await store.writer.write(
    decodeTracesJson(JSON.stringify({ resourceSpans: [{ resource, scopeSpans: [{ spans }] }] })),
  );
});
afterAll(() => store.close());

const namesOf = async (q: string) => {
  const parsed = parseQuery(q);
  if (!parsed.ok) throw new Error(parsed.error.message);
  const { spans } = await reader.searchSpans(parsed.query, { limit: 10 });
  return spans.map(({ name }) => name).sort();
};

describe('a new entry in the table of fields', () => {
  const fields = QUERY_FIELDS as QueryField[];
  const entries: [QueryField, found: string, other: string][] = [
    [
      { name: 'flags', type: 'number', of: 'span', column: 'flags', description: 'flags of the span' },
      'flags>300',
      'flags<=300',
    ],
    [
      { name: 'event.label', type: 'text', of: 'event', column: 'n', description: 'name of an event' },
      'event.label~EXC name="span 2"',
      'event.label=exception name~1',
    ],
    [
      { name: 'host', type: 'text', of: 'resource', column: 'service', description: 'a column of resources' },
      'host=orders name~2',
      'host!=none name~1',
    ],
  ];
  afterEach(() => void fields.splice(fields.length - 1));

  it.each(entries)('is enough for the field %j', async (entry, found, other) => {
    fields.push(entry);
    for (const [q, name] of [
      [found, 'span 2'],
      [other, 'span 1'],
    ] as const) {
      const parsed = parseQuery(q);
      expect(parsed.ok && formatQuery(parsed.query)).toBe(q);
      expect(await namesOf(q)).toEqual([name]);
    }
    const { suggestions } = await suggestionsAt(reader, entry.name, entry.name.length);
    expect(suggestions).toContainEqual({ text: `${entry.name}=`, hint: entry.description });
  });
});

describe('a search without matches', () => {
  const hintFor = async (q: string) => {
    const parsed = parseQuery(q);
    return parsed.ok ? searchHint(reader, parsed.query) : parsed.error.message;
  };

  it.each([
    ['servce=orders', 'service'],
    ['Duration>5', 'duration'],
    ['ordre.id=o-1', 'order.id'],
    ['exceptoin.type=x', 'exception.type'],
    ['resource.service.nam=x', 'resource.service.name'],
    ['status.mesage~x', 'status.message'],
  ])('names the nearest known name for %s', async (q, nearest) => {
    expect(await hintFor(q)).toContain(`Did you mean “${nearest}”?`);
  });

  it('reports an unknown attribute if no name is near', async () => {
    expect(await hintFor('quite.another.thing=1')).toBe(
      '“quite.another.thing” is no field, and nothing recent has an attribute of this name.',
    );
  });

  it('reports nothing if all names are known', async () => {
    expect(
      await hintFor('order.id=none exception.type=x resource.service.name=x name=y word'),
    ).toBeUndefined();
  });
});
