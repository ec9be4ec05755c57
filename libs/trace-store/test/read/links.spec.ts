import type { LinkPage, LinkSort, LinkWaitBar } from '@span-links/explorer-api';
import type { Attribute } from '@span-links/otlp';
import { beforeAll, describe, expect, it } from 'vitest';
import { LINK_SORTS } from '@span-links/explorer-api';
import { InvalidCursorError, type LinksOptions } from '../../src/read/index.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { BATCH, evict, LATE, storeBatchOfEveryKind, storeLateSpan, testStore } from './fixture.ts';

const opened = testStore();
beforeAll(() => storeBatchOfEveryKind(opened.store));

async function linksOf(options: Partial<LinksOptions> = {}, of = BATCH): Promise<LinkPage> {
  const all = { direction: 'out', limit: 100, ...options } as const;
  const page = await opened.reader.links(of.traceId, of.spanId, all);
  if (!page) throw new Error('the span is not here');
  return page;
}

async function everyPage(options: Partial<LinksOptions>, of = BATCH): Promise<number[]> {
  const indexes: number[] = [];
  for (let cursor: string | null | undefined; cursor !== null;) {
    const page = await linksOf({ ...options, cursor }, of);
    indexes.push(...page.links.map(({ index }) => index));
    cursor = page.nextCursor;
  }
  return indexes;
}

/** Bars of 2 ms. */
function bars(fromMs: number, ...counts: number[]): LinkWaitBar[] {
  return counts.map((count, n) => ({
    fromNs: (fromMs + 2 * n) * 1e6,
    toNs: (fromMs + 2 * n + 2) * 1e6,
    count,
  }));
}

describe('the links of a span', () => {
  it('come with the other end, or with the reason why it is missing', async () => {
    const { links } = await linksOf();
    const ends = links.map(({ other }) =>
      other.resolved ? `${other.service} ${other.name} ${other.status}` : other.reason,
    );
    expect(ends).toEqual([
      'orders-api receive-order unset',
      'orders-api receive-order error',
      'orders-api receive-order unset',
      'orders-api receive-order unset',
      'orders-batch process-batch unset',
      'evicted',
      'invalid',
      'not_sampled',
      'not_received',
      'not_received',
    ]);
  });

  it('have the time from the end of their target to the start of the linking span', async () => {
    const { links } = await linksOf();
    expect(links.map(({ gapNs }) => gapNs)).toEqual([
      88_000_000,
      78_000_000,
      68_000_000,
      88_000_000,
      -50_000_000,
      null,
      null,
      null,
      null,
      null,
    ]);
  });

  it('mark the span itself', async () => {
    const { links } = await linksOf();
    expect(links.filter(({ isSelf }) => isSelf).map(({ index }) => index)).toEqual([4]);
  });

  it('show ids as they were sent, even if they are invalid, and all bits of the flags', async () => {
    const { links } = await linksOf();
    expect(links[6]).toMatchObject({ traceId: '0'.repeat(32), spanId: spanId(1) });
    expect(links[7]).toMatchObject({ traceId: traceId(92), flags: 0x302 });
    expect(links[9]).toMatchObject({ traceId: traceId(93), flags: 0x300 });
    expect(links[0]?.attributes).toContainEqual({
      key: 'spanlinks.relation',
      type: 'string',
      value: 'origin',
    });
  });

  it('carry the attributes and events of the other end only if requested', async () => {
    const [plain] = (await linksOf({ limit: 1 })).links;
    expect(plain?.other).not.toHaveProperty('attributes');
    const [detailed] = (await linksOf({ limit: 1, details: true })).links;
    expect(detailed?.other).toMatchObject({
      attributes: expect.arrayContaining([{ key: 'order.id', type: 'string', value: 'o-1' }]) as unknown,
      events: [{ time: String(T0), name: 'received', attributes: [], droppedAttributesCount: 0 }],
      backlinkCount: 2,
    });
  });

  it('carry the attributes that tell the other ends apart, from their span, if requested', async () => {
    const { links } = await linksOf({ limit: 10, names: true });
    expect(links.map(({ other }) => (other.resolved ? other.names : undefined)).slice(0, 5)).toEqual([
      { 'order.id': 'o-1' },
      { 'order.id': 'o-2' },
      { 'order.id': 'o-3' },
      { 'order.id': 'o-1' },
      undefined,
    ]);
    expect(links[0]?.other).not.toHaveProperty('events');
  });

  it('name their traces by what has one value in the trace', async () => {
    const own = { traceId: traceId(240), spanId: spanId(240) };
    const child = (n: number) =>
      span({
        ...own,
        spanId: spanId(240 + n),
        parentSpanId: own.spanId,
        attributes: attributes({ 'order.id': `o-${n}`, 'customer.id': 'c', 'messaging.message.id': 'm' }),
      });
    await opened.store.writer.write(request([span(own), child(1), child(2)]));
    const { names } = await opened.reader.names([own.traceId, traceId(1), traceId(999)]);
    expect(names).toEqual({
      [own.traceId]: { 'customer.id': 'c', 'messaging.message.id': 'm' },
      [traceId(1)]: { 'order.id': 'o-1' },
    });
  });

  it('are summed up the same for every page', async () => {
    expect((await linksOf({ limit: 1 })).rollUp).toEqual({
      total: 10,
      resolved: 5,
      unresolved: { evicted: 1, invalid: 1, not_sampled: 1, not_received: 2 },
      byStatus: { unset: 4, ok: 0, error: 1 },
      services: [
        { service: 'orders-api', count: 4 },
        { service: 'orders-batch', count: 1 },
      ],
      gap: { minNs: -50_000_000, medianNs: 78_000_000, p95Ns: 88_000_000, maxNs: 88_000_000 },
      waits: [{ fromNs: -50_000_000, toNs: 0, count: 1 }, ...bars(68, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2)],
    });
  });

  it('are the same as JSON, link by link and in every order', async () => {
    const ids = [BATCH.traceId, BATCH.spanId] as const;
    const all = { direction: 'out', limit: 100 } as const;
    for (const options of [
      all,
      { ...all, details: true },
      { ...all, sort: 'gap' } as const,
      { ...all, limit: 3 },
    ]) {
      const json = await opened.reader.linksJson(...ids, options);
      expect(JSON.parse(json ?? '')).toEqual(await opened.reader.links(...ids, options));
    }
    expect(await opened.reader.linksJson(traceId(7), spanId(7), all)).toBeNull();
  });

  it('mark duplicates of links on previous pages, and in any order', async () => {
    const bearer = { traceId: traceId(205), spanId: spanId(205) };
    const target = { traceId: traceId(1), spanId: spanId(51) };
    const message = (id: Attribute['value']) =>
      linkTo(target.traceId, target.spanId, { attributes: attributes({ 'messaging.message.id': id }) });
    const links = [message('a'), message('b'), message('a'), linkTo(target.traceId, target.spanId)];
    const more = [linkTo(target.traceId, target.spanId), message(1n), message(1)];
    await opened.store.writer.write(request([span({ ...bearer, links: [...links, ...more] })]));
    const duplicates = async (options: Partial<LinksOptions>, of = bearer) => {
      const page = await linksOf(options, of);
      return {
        nextCursor: page.nextCursor,
        of: page.links.filter(({ isDuplicate }) => isDuplicate).map(({ index }) => index),
      };
    };
    // Other messages of one publish span are not duplicates.
    expect((await duplicates({})).of).toEqual([2, 4]);
    expect((await duplicates({ direction: 'in' }, target)).of).toEqual([2, 4]);
    const first = await duplicates({ limit: 2 });
    expect(first.of).toEqual([]);
    expect((await duplicates({ limit: 10, cursor: first.nextCursor })).of).toEqual([2, 4]);
    expect((await duplicates({ order: 'desc' })).of.sort()).toEqual([2, 4]);
    expect((await duplicates({ direction: 'in', order: 'desc' }, target)).of.sort()).toEqual([2, 4]);
    expect((await duplicates({ filter: { relations: [''] } })).of).toEqual([2, 4]);
  });

  it.each<[string, LinksOptions['filter'], number[]]>([
    ['text in a name, whatever its case', { text: 'RECEIVE' }, [0, 1, 2, 3]],
    ['text in an id', { text: traceId(92).slice(-6) }, [7]],
    ['service', { services: ['orders-batch'] }, [4]],
    ['status', { statuses: ['error'] }, [1]],
    ['relation', { relations: ['origin'] }, [0, 1, 2]],
    ['no relation, resolved', { relations: [''], resolved: true }, [3, 4]],
    ['unresolved', { resolved: false }, [5, 6, 7, 8, 9]],
    ['text with the signs of patterns', { text: '%' }, []],
    ['the least gap', { gapFrom: '78000000' }, [0, 1, 3]],
    ['the end of the gaps', { gapTo: '78000000' }, [2, 4]],
    ['both ends of the gaps', { gapFrom: '-50000000', gapTo: '0' }, [4]],
  ])('are filtered by %s', async (_, filter, expected) => {
    const page = await linksOf({ filter });
    expect(page.links.map(({ index }) => index)).toEqual(expected);
    expect(page.rollUp.total).toBe(expected.length);
  });

  it.each<[LinkSort, 'asc' | 'desc', number[]]>([
    ['index', 'desc', [9, 8, 7, 6, 5, 4, 3, 2, 1, 0]],
    ['start', 'asc', [0, 3, 1, 2, 4, 5, 6, 7, 8, 9]],
    ['start', 'desc', [4, 2, 1, 0, 3, 5, 6, 7, 8, 9]],
    ['gap', 'asc', [4, 2, 1, 0, 3, 5, 6, 7, 8, 9]],
    ['duration', 'desc', [4, 0, 1, 2, 3, 5, 6, 7, 8, 9]],
    ['service', 'desc', [4, 0, 1, 2, 3, 5, 6, 7, 8, 9]],
    ['status', 'desc', [1, 0, 2, 3, 4, 5, 6, 7, 8, 9]],
  ])('sort by %s %s, unresolved ones last', async (sort, order, expected) => {
    expect((await linksOf({ sort, order })).links.map(({ index }) => index)).toEqual(expected);
  });

  it('are on exactly one page each, in the order of the whole, for every sort and page length', async () => {
    for (const sort of LINK_SORTS) {
      for (const order of ['asc', 'desc'] as const) {
        const whole = (await linksOf({ sort, order })).links.map(({ index }) => index);
        for (const limit of [1, 3, 10]) expect(await everyPage({ sort, order, limit })).toEqual(whole);
      }
    }
  });

  it('refuse a cursor of another list and any other text', async () => {
    const { nextCursor } = await linksOf({ limit: 1 });
    await expect(linksOf({ cursor: nextCursor, sort: 'gap' })).rejects.toThrow(InvalidCursorError);
    await expect(linksOf({ cursor: "'; DROP TABLE links" })).rejects.toThrow(InvalidCursorError);
  });

  it('are null if the span is missing', async () => {
    expect(await opened.reader.links(traceId(7), spanId(7), { direction: 'out', limit: 1 })).toBeNull();
  });
});

describe('the links to a span', () => {
  it('are found from their target, each with its linking span', async () => {
    const page = await linksOf({ direction: 'in' }, { traceId: traceId(1), spanId: spanId(1) });
    expect(page.links.map(({ index, spanId, isDuplicate }) => [index, spanId, isDuplicate])).toEqual([
      [0, BATCH.spanId, false],
      [3, BATCH.spanId, false],
    ]);
    expect(page.links[0]).toMatchObject({ gapNs: 88_000_000, other: { name: 'process-batch' } });
    expect(page).toMatchObject({ completeness: null, rollUp: { total: 2, resolved: 2 } });
    expect(
      await everyPage({ direction: 'in', limit: 1 }, { traceId: traceId(1), spanId: spanId(1) }),
    ).toEqual([0, 3]);
  });

  it('include a link of the span to itself', async () => {
    const { links } = await linksOf({ direction: 'in' });
    expect(links.map(({ index, isSelf }) => [index, isSelf])).toEqual([[4, true]]);
  });
});

describe('the totals of many links', () => {
  const wide = { traceId: traceId(400), spanId: spanId(400) };
  const names = (count: number) => Array.from({ length: count }, (_, n) => traceId(401 + n));

  beforeAll(async () => {
    const ends = names(600).map((end) =>
      span({ traceId: end, spanId: spanId(1), name: 'source \u00e9\u{1f517}' }),
    );
    const links = names(600).map((end) => linkTo(end, spanId(1)));
    const bearer = span({ ...wide, attributes: attributes({ 'batch.size': 600n }), links });
    await opened.store.writer.write(request([...ends, bearer]));
  });

  it('are the same from a page that holds them all and from the database', async () => {
    const { rollUp, completeness, links } = await linksOf({ limit: 600 }, wide);
    expect(rollUp).toMatchObject({ total: 600, resolved: 600 });
    expect(completeness).toMatchObject({ expected: 600, verdict: 'complete' });
    const page = await linksOf({ limit: 10 }, wide);
    expect(page).toMatchObject({ rollUp, completeness });
    expect(await linksOf({ limit: 600 }, wide)).toMatchObject({ rollUp, completeness });
    const json = await opened.reader.linksJson(wide.traceId, wide.spanId, { direction: 'out', limit: 600 });
    expect((JSON.parse(json ?? '') as LinkPage).links).toEqual(links);
  });

  it('are not remembered beyond an eviction', async () => {
    await linksOf({ limit: 10 }, wide);
    const [gone = ''] = names(1);
    await evict(opened.store, gone);
    expect((await linksOf({ limit: 10 }, wide)).rollUp).toMatchObject({
      resolved: 599,
      unresolved: { evicted: 1 },
    });
  });
});

describe('the completeness of a fan-in', () => {
  it('compares its links with the batch and with sources without a carrier', async () => {
    // Ten links and two sources without a carrier make up the twelve items.
    expect((await linksOf()).completeness).toEqual({
      kept: 10,
      dropped: 0,
      expected: 12,
      missing: 2,
      keptOverParts: 10,
      parts: 1,
      verdict: 'missing_sources',
    });
  });

  it.each([
    ['spanlinks.', 200],
    // The names of earlier versions, which stored traces still have.
    ['batch.', 220],
  ])('sums up the parts of a split fan-in, for the root and for a part, by %spart', async (prefix, at) => {
    const whole = { traceId: traceId(at), spanId: spanId(at) };
    const part = { traceId: traceId(at), spanId: spanId(at + 1) };
    const targets = (from: number, count: number) =>
      Array.from({ length: count }, (_, n) => linkTo(traceId(300 + from + n), spanId(1)));
    const shared = linkTo(traceId(1), spanId(1), {
      attributes: attributes({ 'spanlinks.source_count': 2n }),
    });
    const earlier = linkTo(traceId(2), spanId(1), {
      attributes: attributes({ 'spanlinks.relation': 'previous_attempt' }),
    });
    await opened.store.writer.write(
      request([
        span({
          ...whole,
          name: 'b',
          attributes: attributes({ 'batch.size': 7n, [`${prefix}part`]: 1n, [`${prefix}parts`]: 2n }),
          links: [earlier, shared, ...targets(0, 2)],
        }),
        span({
          ...part,
          parentSpanId: whole.spanId,
          name: 'the second of the spans',
          attributes: attributes({ [`${prefix}part`]: 2n, [`${prefix}parts`]: 2n }),
          links: targets(2, 3),
        }),
        span({
          traceId: whole.traceId,
          spanId: spanId(at + 2),
          parentSpanId: whole.spanId,
          links: targets(5, 1),
        }),
      ]),
    );
    const ofWhole = { expected: 7, keptOverParts: 7, parts: 2, verdict: 'complete' };
    expect((await linksOf({}, whole)).completeness).toMatchObject({ kept: 4, ...ofWhole });
    expect((await linksOf({}, part)).completeness).toMatchObject({ kept: 3, ...ofWhole });
  });

  it('reports links that the SDK dropped', async () => {
    const dropped = { traceId: traceId(210), spanId: spanId(210) };
    await opened.store.writer.write(
      request([
        span({
          ...dropped,
          kind: 5,
          attributes: attributes({ 'messaging.batch.message_count': 200n }),
          links: [linkTo(traceId(1), spanId(1))],
          droppedLinksCount: 72,
        }),
      ]),
    );
    expect((await linksOf({}, dropped)).completeness).toMatchObject({
      kept: 1,
      dropped: 72,
      expected: 200,
      verdict: 'dropped',
    });
  });

  it('expects no links of a producer whose messages have its own context', async () => {
    const sent = { traceId: traceId(211), spanId: spanId(211) };
    const own = attributes({ 'messaging.batch.message_count': 50n });
    await opened.store.writer.write(request([span({ ...sent, kind: 4, attributes: own })]));
    expect((await linksOf({}, sent)).completeness).toMatchObject({ expected: null, verdict: 'unknown' });
  });
});

describe('the completeness of a poll', () => {
  const poll = (at: number) => ({ traceId: traceId(at), spanId: spanId(at) });
  const receive = (at: number, key: string, value: string) =>
    span({
      ...poll(at),
      name: 'orders',
      kind: 5,
      attributes: attributes({ 'messaging.batch.message_count': 3n, [key]: value }),
    });
  const process = (at: number, n: number, links = [linkTo(traceId(n), spanId(n))]) =>
    span({ ...poll(at), spanId: spanId(at + n), parentSpanId: spanId(at), kind: 5, links });

  it.each([
    [500, 'messaging.operation.type', 'receive'],
    [510, 'messaging.operation', 'receive'],
    [520, 'messaging.operation.name', 'poll'],
  ])('counts the links of its children (%d: %s=%s)', async (at, key, value) => {
    const children = [1, 2, 3].map((n) => process(at, n));
    await opened.store.writer.write(request([receive(at, key, value), ...children]));
    expect((await linksOf({}, poll(at))).completeness).toMatchObject({
      kept: 0,
      expected: 3,
      keptOverParts: 3,
      parts: 4,
      verdict: 'complete',
    });
  });

  it('reports messages that came without a context', async () => {
    const children = [process(530, 1), process(530, 2), process(530, 3, [])];
    await opened.store.writer.write(
      request([receive(530, 'messaging.operation.type', 'receive'), ...children]),
    );
    expect((await linksOf({}, poll(530))).completeness).toMatchObject({
      missing: 1,
      verdict: 'missing_sources',
    });
  });

  it('expects links on a batch itself if its children do other things', async () => {
    const children = [1, 2, 3].map((n) => process(540, n));
    await opened.store.writer.write(
      request([receive(540, 'messaging.operation.type', 'process'), ...children]),
    );
    expect((await linksOf({}, poll(540))).completeness).toMatchObject({ verdict: 'short' });
  });
});

describe('a target that comes later', () => {
  it('resolves the link as soon as it is stored', async () => {
    await storeLateSpan(opened.store);
    const page = await linksOf();
    expect(page.links[8]?.other).toMatchObject({ resolved: true, name: 'late', ...LATE });
    expect(page.rollUp.resolved).toBe(6);
  });
});
