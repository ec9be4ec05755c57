import { beforeAll, describe, expect, it } from 'vitest';
import type { SearchOptions } from '../../src/read/search.ts';
import { attributes, request, span, spanId, T0, traceId } from '../requests.ts';
import { query, testStore } from './fixture.ts';

const opened = testStore();
// The sixth block is open, all others are sealed.
const SPANS = 24_000;
const MS = 1_000_000n;

interface Made {
  readonly n: number;
  readonly trace: number;
  readonly start: number;
  readonly of40: number;
}

/**
 * Every span starts at a random time, so each block of ids has spans of all times, and traces are
 * spread over all blocks.
 */
const made: Made[] = Array.from({ length: SPANS }, (_, n) => {
  const mixed = (n * 7_919 + 13) % SPANS;
  // The last 9,000 are in order, as usual.
  const start = n < 15_000 ? mixed : SPANS + n;
  return { n, trace: Math.floor(mixed / 4), start, of40: (n * 31) % 40 };
});

/** Names for one span, for 80 spans that are rare together, and for all others. */
function nameOf(n: number): string {
  if (n === 4_711) return 'once';
  return n >= 9_000 && n < 9_080 ? `rare-${n}` : `step-${n % 5}`;
}

function serviceOf(n: number): string {
  return n >= 3_000 && n < 4_000 ? 'seldom' : 'orders-api';
}

beforeAll(async () => {
  for (let from = 0; from < SPANS; from += 2_000) {
    const spans = made.slice(from, from + 2_000).map(({ n, trace, start, of40 }) =>
      span({
        traceId: traceId(trace),
        spanId: spanId(n + 1),
        name: nameOf(n),
        startTimeUnixNano: T0 + BigInt(start) * MS,
        endTimeUnixNano: T0 + BigInt(start) * MS,
        attributes: attributes({ of40: `v${of40}`, n: BigInt(n), all: true }),
      }),
    );
    // The third thousand has its own service.
    await opened.store.writer.write(request(spans.slice(0, 1_000)));
    await opened.store.writer.write(request(spans.slice(1_000), serviceOf(from + 1_000)));
  }
});

const traceStart = new Map<number, number>();
for (const { trace, start } of made)
  traceStart.set(trace, Math.min(start, traceStart.get(trace) ?? Infinity));

function isWithin(start: number, { fromNs, toNs }: Partial<SearchOptions>): boolean {
  const ns = T0 + BigInt(start) * MS;
  return (fromNs === undefined || ns >= fromNs) && (toNs === undefined || ns <= toNs);
}

const attribute = (key: string, ...values: string[]) =>
  ({ field: 'attribute', operator: '=', key, values }) as const;
const name = (...values: string[]) => ({ field: 'name', operator: '=', values }) as const;
type Terms = Parameters<typeof query>;

const cases: [string, Terms, (one: Made) => boolean][] = [
  ['a value of every 40th span', [attribute('of40', 'v7')], ({ of40 }) => of40 === 7],
  ['a value of one', [attribute('n', '4711')], ({ n }) => n === 4_711],
  [
    'values of three in as many blocks',
    [attribute('n', '12', '9000', '19000')],
    ({ n }) => [12, 9_000, 19_000].includes(n),
  ],
  [
    'two attributes at once',
    [attribute('of40', 'v7'), attribute('n', '17')],
    ({ of40, n }) => of40 === 7 && n === 17,
  ],
  ['two that never meet', [attribute('of40', 'v7'), attribute('n', '18')], () => false],
  [
    'one of several values and a boolean',
    [attribute('of40', 'v1', 'v39'), attribute('all', 'true')],
    ({ of40 }) => of40 === 1 || of40 === 39,
  ],
  ['a name of one', [name('once')], ({ n }) => n === 4_711],
  [
    'a name and an attribute',
    [name('step-1'), attribute('of40', 'v7')],
    ({ n, of40 }) => nameOf(n) === 'step-1' && of40 === 7,
  ],
  ['a name and an attribute that never meet', [name('once'), attribute('n', '4712')], () => false],
  [
    'more names than a filter is asked for',
    [{ field: 'name', operator: '~', values: ['rare'] }],
    ({ n }) => nameOf(n).startsWith('rare'),
  ],
  [
    'a rare service and an attribute',
    [{ field: 'service', operator: '=', values: ['seldom'] }, attribute('of40', 'v7')],
    ({ n, of40 }) => serviceOf(n) === 'seldom' && of40 === 7,
  ],
  [
    'what filters know and what they do not',
    [attribute('of40', 'v7'), { field: 'attribute', operator: '>', key: 'n', values: ['19000'] }],
    ({ of40, n }) => of40 === 7 && n > 19_000,
  ],
];
const at = (start: number) => T0 + BigInt(start) * MS;
const ranges: Partial<SearchOptions>[] = [
  {},
  { fromNs: at(12_000) },
  { toNs: at(9_000) },
  { fromNs: at(3_000), toNs: at(3_400) },
  { fromNs: at(41_000), toNs: at(44_000) },
];

describe.each(cases)('a search for %s, in blocks of overlapping times,', (_, terms, matches) => {
  it.each(ranges)('finds the same spans as a check of all spans (%o)', async (range) => {
    const expected = made.filter((one) => matches(one) && isWithin(one.start, range));
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await opened.reader.searchSpans(query(...terms), { ...range, limit: 60, cursor });
      found.push(...page.spans.map((one) => one.spanId));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(expected.sort((a, b) => b.start - a.start).map(({ n }) => spanId(n + 1)));
  });

  it.each(ranges)('finds the same traces (%o)', async (range) => {
    // The range applies to spans. A trace may have begun before it.
    const inRange = made.filter((one) => matches(one) && isWithin(one.start, range));
    const expected = [...new Set(inRange.map(({ trace }) => trace))];
    const found: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await opened.reader.searchTraces(query(...terms), { ...range, limit: 60, cursor });
      found.push(...page.traces.map((one) => one.traceId));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(expected.sort((a, b) => traceStart.get(b)! - traceStart.get(a)!).map(traceId));
  });
});

describe.each([
  ['of known times', 'min(start_ns), max(start_ns)'],
  ['of which nothing is known', 'NULL, NULL'],
  ['of which all might start at the end of time', '0, 9223372036854775807'],
])('a search among far more blocks than its limit, %s,', (_, bounds) => {
  const many = testStore();
  const COUNT = 3_000;

  // Ten spans per block, so that the test does not need a million spans.
  beforeAll(async () => {
    for (let from = 0; from < COUNT; from += 1_000) {
      const spans = Array.from({ length: 1_000 }, (__, k) => {
        const n = from + k;
        return span({
          traceId: traceId(n >> 1),
          spanId: spanId(n + 1),
          startTimeUnixNano: at(n),
          endTimeUnixNano: at(n),
          attributes: attributes({ all: true, n: BigInt(n) }),
        });
      });
      await many.store.writer.write(request(spans));
    }
    const client = await many.store.readers.connect();
    await client.query('SET default_transaction_read_only = off');
    await client.query(
      `UPDATE traces SET root_span = (1000 + root_span % 4096 / 10) * 4096 + root_span % 10`,
    );
    await client.query('UPDATE spans SET id = (1000 + id % 4096 / 10) * 4096 + id % 10');
    await client.query(
      `INSERT INTO span_blocks (block, min_start_ns, max_start_ns) SELECT id / 4096, ${bounds} FROM spans GROUP BY 1`,
    );
    client.release(true);
  });

  it('is complete, page by page', async () => {
    const terms = query(attribute('all', 'true'), {
      field: 'attribute',
      operator: '~',
      key: 'n',
      values: ['77'],
    });
    const expected = Array.from({ length: COUNT }, (__, n) => n)
      .filter((n) => String(n).includes('77'))
      .reverse();
    const found: string[] = [];
    let pages = 0;
    for (let cursor: string | null | undefined; cursor !== null; pages++) {
      const page = await many.reader.searchSpans(terms, { limit: 50, cursor });
      found.push(...page.spans.map((one) => one.spanId));
      cursor = page.nextCursor;
    }
    expect(found).toEqual(expected.map((n) => spanId(n + 1)));
    expect(pages).toBeLessThan(10);
    const traces: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null;) {
      const page = await many.reader.searchTraces(terms, { limit: 7, cursor });
      traces.push(...page.traces.map((one) => one.traceId));
      cursor = page.nextCursor;
    }
    expect(traces).toEqual([...new Set(expected.map((n) => n >> 1))].map(traceId));
  });
});
