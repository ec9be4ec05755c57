import { beforeAll, describe, expect, it } from 'vitest';
import { InvalidCursorError } from '../../src/read/index.ts';
import { SPAN_SEARCH, TRACE_SEARCH } from '../../src/read/search-lists.ts';
import { search } from '../../src/read/search.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { BATCH, query, storeBatchOfEveryKind, testStore } from './fixture.ts';

const opened = testStore();
const MS = 1_000_000n;
/** Newest first, as in lists. */
const SPECIMEN = { traceId: traceId(150), spanId: spanId(150) };

beforeAll(async () => {
  await storeBatchOfEveryKind(opened.store);
  const specimen = span({
    ...SPECIMEN,
    name: 'Größe: 100% _ok_',
    kind: 2,
    startTimeUnixNano: T0 + 200n * MS,
    endTimeUnixNano: T0 + 260n * MS,
    attributes: attributes({
      text: '42',
      count: 42n,
      ratio: 0.5,
      huge: 2n ** 63n - 1n,
      whole: 3,
      flag: true,
      list: ['a', 'b'],
      '$."x"\'': 'quoted',
    }),
    status: { code: 1, message: '' },
    droppedLinksCount: 3,
  });
  const { resourceSpans } = request([specimen], 'payments');
  const [ofPayments] = resourceSpans;
  const resource = {
    attributes: attributes({ 'service.name': 'payments', 'host.name': 'web-1' }),
    droppedAttributesCount: 0,
  };
  await opened.store.writer.write({ resourceSpans: [{ ...ofPayments!, resource }] });
});

type Terms = Parameters<typeof query>;
const page = { limit: 50 };

async function spansFound(...terms: Terms): Promise<string[]> {
  const { spans } = await opened.reader.searchSpans(query(...terms), page);
  return spans.map((found) => found.spanId);
}

async function tracesFound(...terms: Terms): Promise<string[]> {
  const { traces } = await opened.reader.searchTraces(query(...terms), page);
  return traces.map((found) => found.traceId);
}

const attribute = (
  key: string,
  operator: '=' | '!=' | '~' | '!~' | '>' | '>=' | '<' | '<=',
  ...values: string[]
) => ({ field: 'attribute', key, operator, values }) as const;

describe('a search without terms', () => {
  it('lists all traces, newest first, with their summaries', async () => {
    const { traces, nextCursor, searchedBackTo } = await opened.reader.searchTraces(query(), page);
    expect(traces.map((found) => found.traceId)).toEqual([
      SPECIMEN.traceId,
      BATCH.traceId,
      traceId(3),
      traceId(2),
      traceId(1),
    ]);
    expect({ nextCursor, searchedBackTo }).toEqual({ nextCursor: null, searchedBackTo: null });
    expect(traces[3]).toEqual({
      traceId: traceId(2),
      root: {
        spanId: spanId(2),
        service: 'orders-api',
        name: 'receive-order',
        kind: 'producer',
        status: 'error',
        received: true,
      },
      startTime: String(T0 + 20n * MS),
      durationNs: 2_000_000,
      spanCount: 2,
      errorCount: 1,
      linkCount: 0,
      backlinkCount: 1,
      services: ['orders-api'],
      error: { spanId: spanId(2), service: 'orders-api', name: 'receive-order', message: 'no stock' },
    });
  });

  it('lists all spans, newest first, each with its counts', async () => {
    const { spans } = await opened.reader.searchSpans(query(), page);
    expect(spans.map((found) => found.spanId)).toEqual([150, 100, 53, 3, 52, 2, 51, 1].map(spanId));
    expect(spans[1]).toEqual({
      ...BATCH,
      parentSpanId: null,
      service: 'orders-batch',
      name: 'process-batch',
      kind: 'consumer',
      status: 'unset',
      startTime: String(T0 + 100n * MS),
      durationNs: 50_000_000,
      linkCount: 10,
      droppedLinksCount: 0,
      backlinkCount: 1,
      message: null,
    });
  });

  it('keeps to a time range, both ends included', async () => {
    const range = { ...page, fromNs: T0 + 20n * MS, toNs: T0 + 30n * MS };
    const { traces } = await opened.reader.searchTraces(query(), range);
    expect(traces.map((found) => found.traceId)).toEqual([traceId(3), traceId(2)]);
  });
});

describe('the terms of a search', () => {
  const all = [150, 100, 53, 3, 52, 2, 51, 1];
  const not = (...taken: number[]) => all.filter((n) => !taken.includes(n));

  it.each<[string, Terms[number], number[]]>([
    ['service', { field: 'service', operator: '=', values: ['payments', 'orders-batch'] }, [150, 100]],
    ['no service', { field: 'service', operator: '!=', values: ['orders-api', 'payments'] }, [100]],
    ['part of a service, case apart', { field: 'service', operator: '~', values: ['BATCH'] }, [100]],
    ['a service nobody has', { field: 'service', operator: '=', values: ['none'] }, []],
    ['name, where case counts', { field: 'name', operator: '=', values: ['Process-Batch'] }, []],
    [
      'part of a name, its signs taken literally',
      { field: 'name', operator: '~', values: ['100% _OK'] },
      [150],
    ],
    ['no part of a name', { field: 'name', operator: '!~', values: ['order', 'batch'] }, [150]],
    ['kind', { field: 'kind', operator: '=', values: ['consumer', 'server'] }, [150, 100]],
    ['other kinds', { field: 'kind', operator: '!=', values: ['producer', 'internal'] }, [150, 100]],
    ['a word of the service or the name', { field: 'text', value: 'batch', negated: false }, [100]],
    ['not a word', { field: 'text', value: 'RECEIVE', negated: true }, not(3, 2, 1)],
    ['a word of the status message', { field: 'text', value: 'no STOCK', negated: false }, [2]],
    ['a word of an event', { field: 'text', value: 'received', negated: false }, [3, 2, 1]],
    ['a member of a list', attribute('list', '=', 'b'), [150]],
    ['status', { field: 'status', operator: '=', values: ['error', 'ok'] }, [150, 2]],
    ['other status', { field: 'status', operator: '!=', values: ['unset', 'error'] }, [150]],
    ['duration', { field: 'duration', operator: '>=', valueNs: 50e6 }, [150, 100]],
    ['an exact duration', { field: 'duration', operator: '=', valueNs: 50e6 }, [100]],
    ['a fraction of a ns', { field: 'duration', operator: '>', valueNs: 50e6 + 0.5 }, [150]],
    ['links', { field: 'links', operator: '>', value: 9 }, [100]],
    ['few links', { field: 'links', operator: '<', value: 1 }, not(100)],
    ['backlinks', { field: 'backlinks', operator: '>=', value: 2 }, [1]],
    ['dropped links', { field: 'dropped', operator: '=', value: 3 }, [150]],
    ['has:links', { field: 'has', what: 'links', negated: false }, [100]],
    ['-has:links', { field: 'has', what: 'links', negated: true }, not(100)],
    ['has:backlinks', { field: 'has', what: 'backlinks', negated: false }, [100, 3, 2, 1]],
    ['-has:backlinks', { field: 'has', what: 'backlinks', negated: true }, [150, 53, 52, 51]],
    ['has:errors', { field: 'has', what: 'errors', negated: false }, [2]],
    ['has:events', { field: 'has', what: 'events', negated: false }, [3, 2, 1]],
    ['-has:events', { field: 'has', what: 'events', negated: true }, [150, 100, 53, 52, 51]],
    ['has:dropped', { field: 'has', what: 'dropped', negated: false }, [150]],
    ['trace', { field: 'trace', operator: '=', values: [traceId(2)] }, [52, 2]],
    ['other traces', { field: 'trace', operator: '!=', values: [1, 2, 3].map(traceId) }, [150, 100]],
    ['span', { field: 'span', operator: '=', values: [spanId(52)] }, [52]],
    ['other spans', { field: 'span', operator: '!=', values: [spanId(52)] }, not(52)],
    ['target trace', { field: 'link.traceId', operator: '=', values: [traceId(2)] }, [100]],
    ['a target trace nobody links to', { field: 'link.traceId', operator: '=', values: [traceId(4)] }, []],
    ['no such target trace', { field: 'link.traceId', operator: '!=', values: [traceId(2)] }, not(100)],
    ['target span', { field: 'link.spanId', operator: '=', values: [spanId(3)] }, [100]],
    ['no such target span', { field: 'link.spanId', operator: '!=', values: [spanId(3)] }, not(100)],
    ['a string that reads like a number', attribute('text', '=', '42'), [150]],
    ['a number', attribute('count', '=', '42'), [150]],
    ['a number written otherwise', attribute('count', '=', '42.0'), [150]],
    ['a number with a fraction', attribute('ratio', '=', '0.5'), [150]],
    ['an integer beyond 2^53', attribute('huge', '=', '9223372036854775807'), [150]],
    ['the neighbour of an integer beyond 2^53', attribute('huge', '=', '9223372036854775806'), []],
    ['a double without a fraction', attribute('whole', '=', '3'), [150]],
    ['a boolean', attribute('flag', '=', 'true'), [150]],
    ['one of several values', attribute('order.id', '=', 'o-1', 'o-3', 'o-9'), [3, 1]],
    ['none of several values, or no such attribute', attribute('order.id', '!=', 'o-1', 'o-3'), not(3, 1)],
    ['part of a value, case apart', attribute('order.id', '~', 'O-'), [3, 2, 1]],
    ['part of a list', attribute('list', '~', '"b"'), [150]],
    ['no part of a value', attribute('order.id', '!~', '-1', '-2'), not(1, 2)],
    ['more than', attribute('order.items', '>', '1'), [3, 2]],
    ['at most', attribute('order.items', '<=', '1.5'), [1]],
    ['more than, of text', attribute('text', '>', '1'), []],
    ['more than no number', attribute('count', '>', '1e999999'), []],
    ['a key with the signs of paths and quotes', attribute('$."x"\'', '=', 'quoted'), [150]],
    ['a value with U+0000 and half a surrogate pair', attribute('text', '=', 'a\0\ud800'), []],
    ['resource', { field: 'resource', key: 'host.name', operator: '=', values: ['web-1'] }, [150]],
    ['no resource', { field: 'resource', key: 'host.name', operator: '!=', values: ['web-1'] }, not(150)],
    ['a link attribute', { field: 'link', key: 'messaging.message.id', operator: '=', values: ['m'] }, [100]],
    [
      'part of a link attribute',
      { field: 'link', key: 'spanlinks.relation', operator: '~', values: ['ORI'] },
      [100],
    ],
    [
      'no such link attribute',
      { field: 'link', key: 'spanlinks.relation', operator: '!=', values: ['origin'] },
      not(100),
    ],
  ])('find spans by %s', async (_, term, expected) => {
    expect(await spansFound(term)).toEqual(expected.map(spanId));
    // A trace matches when one of its spans does.
    const traces = expected.map((n) => (n > 50 && n < 60 ? n - 50 : n));
    expect(await tracesFound(term)).toEqual([...new Set(traces)].map(traceId));
  });

  it('must all hold for the same span', async () => {
    const error = { field: 'status', operator: '=', values: ['error'] } as const;
    const name = (value: string) => ({ field: 'name', operator: '=', values: [value] }) as const;
    expect(await tracesFound(error, name('receive-order'))).toEqual([traceId(2)]);
    expect(await tracesFound(error, name('persist-order'))).toEqual([]);
  });
});

describe('pages', () => {
  it('end with a cursor, except the last one', async () => {
    const first = await opened.reader.searchTraces(query(), { limit: 3 });
    const second = await opened.reader.searchTraces(query(), { limit: 3, cursor: first.nextCursor });
    expect([first, second].map(({ traces }) => traces.length)).toEqual([3, 2]);
    expect(second.nextCursor).toBeNull();
  });

  it.each([
    'x',
    '',
    "1'; DROP TABLE spans; --",
    Buffer.from('["s","1","2"]').toString('base64url'),
    Buffer.from(`["t","99999999999999999999","${traceId(1)}"]`).toString('base64url'),
    Buffer.from(`["t","9999999999999999999","${traceId(1)}"]`).toString('base64url'),
    Buffer.from('["t","1","2; SELECT"]').toString('base64url'),
    Buffer.from('{"t":1}').toString('base64url'),
  ])('accept only their own cursor: %j', async (cursor) => {
    const asked = opened.reader.searchTraces(query(), { limit: 3, cursor });
    if (cursor === '') expect((await asked).traces).toHaveLength(3);
    else await expect(asked).rejects.toThrow(InvalidCursorError);
  });
});

describe('a search with few matches in much data', () => {
  const later = T0 + 1_000_000n * MS;

  beforeAll(async () => {
    const many = Array.from({ length: 12_000 }, (_, n) =>
      span({
        traceId: traceId(10_000 + Math.floor(n / 4)),
        spanId: spanId(10_000 + n),
        name: 'filler',
        startTimeUnixNano: later + BigInt(n) * MS,
        endTimeUnixNano: later + BigInt(n) * MS,
        attributes: attributes({ common: 'yes', nth: BigInt(n) }),
        links: n === 5 ? [linkTo(traceId(1), spanId(51))] : [],
      }),
    );
    for (let from = 0; from < many.length; from += 2_000) {
      await opened.store.writer.write(request(many.slice(from, from + 2_000), 'filler'));
    }
  });

  it.each<[string, Terms]>([
    ['an indexed attribute', [attribute('nth', '=', '7')]],
    [
      'a common attribute and one that no index helps',
      [attribute('common', '=', 'yes'), attribute('nth', '~', '7'), attribute('nth', '<', '8')],
    ],
    [
      'a common operation and an attribute',
      [{ field: 'name', operator: '=', values: ['filler'] }, attribute('nth', '=', '7')],
    ],
  ])('finds an old match by %s', async (_, terms) => {
    expect(await spansFound(...terms)).toEqual([spanId(10_007)]);
    expect(await tracesFound(...terms)).toEqual([traceId(10_001)]);
  });

  it('finds a link to an old trace', async () => {
    expect(await spansFound({ field: 'link.traceId', operator: '=', values: [traceId(1)] })).toEqual([
      spanId(10_005),
      spanId(100),
    ]);
  });

  it('pages through frequent matches without loss or repetition', async () => {
    const terms = query(attribute('common', '=', 'yes'), attribute('nth', '~', '77'));
    const expected = Array.from({ length: 12_000 }, (_, n) => n).filter((n) => String(n).includes('77'));
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const { spans, nextCursor } = await opened.reader.searchSpans(terms, { limit: 50, cursor });
      found.push(...spans.map((one) => one.spanId));
      cursor = nextCursor;
    }
    expect(found).toEqual(expected.reverse().map((n) => spanId(10_000 + n)));
  });

  it.each([SPAN_SEARCH, TRACE_SEARCH])(
    'looks at a limited number of rows, says how far it got, and continues from there ($table)',
    async (list) => {
      const terms = query(attribute('order.id', '~', 'o-'));
      const bounded = { ...list, firstWindow: 100, walkLimit: 1_000 };
      const found: string[] = [];
      const reached: (string | null)[] = [];
      for (let cursor: string | null | undefined; cursor !== null;) {
        const { keys, nextCursor, searchedBackTo } = await search(opened.store.readers, bounded, terms, {
          limit: 50,
          cursor,
        });
        found.push(...keys.map(([start = '']) => start));
        reached.push(searchedBackTo);
        cursor = nextCursor;
      }
      expect(found).toEqual([3n, 2n, 1n].map((n) => String(T0 + n * 10n * MS)));
      expect(reached.length).toBeGreaterThan(2);
      expect(reached.at(-1)).toBeNull();
      expect(reached.slice(0, -1)).toEqual([...reached.slice(0, -1)].sort().reverse());
      expect(reached[0]).not.toBeNull();
    },
  );
});
