import {
  LINK_ATTRIBUTE_OWNERS,
  linkAttributeName,
  type AttributeTerm,
  type LinkAttribute,
  type LinkPage,
  type LinkWaitBar,
} from '@span-links/explorer-api';
import type { Span } from '@span-links/otlp';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LinkFilter } from '../../src/read/all-links.ts';
import { attributes, linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
import { testStore } from './fixture.ts';

const opened = testStore();

/** A span with links; some of their targets are stored. */
interface Sent {
  readonly spans: readonly Span[];
  readonly own: { readonly traceId: string; readonly spanId: string };
  /** In the order of the links; `null` for a missing target. */
  readonly gaps: readonly (number | null)[];
}

let runs = 0;

/** Waits of all sizes: from overlaps over nanoseconds to years. */
const gap = fc.oneof(
  fc.integer({ min: -2_000_000, max: 2_000_000 }),
  fc.integer({ min: 10_000_000_000, max: 13_000_000_000 }),
  fc
    .tuple(fc.constantFrom(1, 2, 5, 7), fc.nat(15), fc.constantFrom(-1, 0, 1))
    .map(([digit, power, more]) => digit * 10 ** power + more),
);

function sentOf(gaps: readonly (number | null)[]): Sent {
  const base = 1_000 * (1 + runs++);
  const own = { traceId: traceId(base), spanId: spanId(base) };
  const targets = gaps.flatMap((ns, n) => {
    if (ns === null) return [];
    const end = T0 - BigInt(ns);
    const times = { startTimeUnixNano: end - 1_000n, endTimeUnixNano: end };
    return [span({ traceId: traceId(base + 1 + n), spanId: spanId(base + 1 + n), ...times })];
  });
  const links = gaps.map((_, n) => linkTo(traceId(base + 1 + n), spanId(base + 1 + n)));
  const times = { startTimeUnixNano: T0, endTimeUnixNano: T0 + 5n };
  return { spans: [...targets, span({ ...own, ...times, links })], own, gaps };
}

async function page({ own }: Sent, limit: number, filter: LinkFilter = {}): Promise<LinkPage> {
  const found = await opened.reader.links(own.traceId, own.spanId, { direction: 'out', limit, filter });
  if (!found) throw new Error('the span is not here');
  return found;
}

function inRange(ns: number | null, from: number | undefined, to: number | undefined): ns is number {
  return ns !== null && (from === undefined || ns >= from) && (to === undefined || ns < to);
}

it('waits are in the bar that contains them, from a page of all links and from the database', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.option(gap), { minLength: 2, maxLength: 12 }), async (gaps) => {
      const sent = sentOf(gaps);
      await opened.store.writer.write(request(sent.spans));
      const whole = await page(sent, 100);
      const some = await page(sent, 1);
      expect(some.rollUp).toEqual(whole.rollUp);
      const known = gaps.filter((ns) => ns !== null).sort((a, b) => a - b);
      const { waits, gap: figures } = whole.rollUp;
      expect(waits.map(({ count }) => count)).toEqual(
        waits.map(({ fromNs, toNs }) => known.filter((ns) => inRange(ns, fromNs, toNs)).length),
      );
      expect(waits.reduce((sum, { count }) => sum + count, 0)).toBe(known.length);
      expect(waits.length).toBeLessThanOrEqual(20);
      expectContiguous(waits.filter(({ toNs }) => toNs > 0));
      expect(figures).toEqual(
        known.length === 0
          ? null
          : {
              minNs: known[0],
              medianNs: known[Math.ceil(known.length * 0.5) - 1],
              p95Ns: known[Math.ceil(known.length * 0.95) - 1],
              maxNs: known.at(-1),
            },
      );
    }),
    { numRuns: 60 },
  );
});

function expectContiguous(bars: readonly LinkWaitBar[]): void {
  expect(bars.slice(1).map(({ fromNs }) => fromNs)).toEqual(bars.slice(0, -1).map(({ toNs }) => toNs));
}

it('a range of waits finds the links within it', async () => {
  const end = fc.option(gap, { nil: undefined });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.option(gap), { minLength: 1, maxLength: 12 }),
      end,
      end,
      async (gaps, from, to) => {
        const sent = sentOf(gaps);
        await opened.store.writer.write(request(sent.spans));
        const filter = {
          ...(from !== undefined && { gapFrom: String(from) }),
          ...(to !== undefined && { gapTo: String(to) }),
        };
        const isAsked = from !== undefined || to !== undefined;
        const expected = gaps.flatMap((ns, n) => (!isAsked || inRange(ns, from, to) ? [n] : []));
        const found = await page(sent, 100, filter);
        expect(found.links.map(({ index }) => index)).toEqual(expected);
        expect(found.rollUp.total).toBe(expected.length);
      },
    ),
    { numRuns: 60 },
  );
});

// ---- Attributes of either end.

type Values = Readonly<Record<string, string>>;

interface Ends {
  readonly link: Values;
  /** `undefined` for a missing target. */
  readonly target:
    { readonly attr: Values; readonly resource: Values; readonly isError: boolean } | undefined;
}

const key = fc.constantFrom('a', 'order.id', 'é');
const word = fc.constantFrom('x', 'X', 'o-1', "'; DROP TABLE links; --", '', 'é'.repeat(300));
const values = fc.dictionary(key, word, { maxKeys: 2 });
const ends: fc.Arbitrary<Ends> = fc.record({
  link: values,
  target: fc.option(fc.record({ attr: values, resource: values, isError: fc.boolean() }), { nil: undefined }),
});
const owner = fc.constantFrom('link', 'attr', 'resource');
const place = { from: 0, to: 1 };
const term = fc
  .record({
    field: fc.constantFrom('attribute', 'link', 'attr', 'resource'),
    key,
    operator: fc.constantFrom('=', '!=', '~', '!~'),
    values: fc.array(word, { minLength: 1, maxLength: 2 }),
  })
  .map((made): AttributeTerm => ({ ...place, ...made }));

async function sendEnds(list: readonly Ends[]): Promise<Sent['own']> {
  const base = 1_000 * (1 + runs++);
  const own = { traceId: traceId(base), spanId: spanId(base) };
  const id = (n: number) => ({ traceId: traceId(base + 1 + n), spanId: spanId(base + 1 + n) });
  const resourceSpans = list.flatMap(({ target }, n) => {
    if (!target) return [];
    const { attr, resource, isError } = target;
    const status = { code: isError ? 2 : 0, message: '' };
    const [sent] = request([span({ ...id(n), attributes: attributes(attr), status })]).resourceSpans;
    return [{ ...sent!, resource: { attributes: attributes(resource), droppedAttributesCount: 0 } }];
  });
  const links = list.map(({ link }, n) =>
    linkTo(id(n).traceId, id(n).spanId, { attributes: attributes(link) }),
  );
  await opened.store.writer.write({ resourceSpans });
  await opened.store.writer.write(request([span({ ...own, links })]));
  return own;
}

function valueOf({ link, target }: Ends, { owner: part, key: name }: LinkAttribute): string | undefined {
  return (part === 'link' ? link : target?.[part])?.[name];
}

function holds(end: Ends, { field, key: name, operator, values: wanted }: AttributeTerm): boolean {
  const parts = LINK_ATTRIBUTE_OWNERS.filter((part) => field === 'attribute' || field === part);
  const found = parts.some((part) => {
    const text = valueOf(end, { owner: part, key: name });
    if (text === undefined) return false;
    if (operator === '=' || operator === '!=') return wanted.includes(text);
    return wanted.some((one) => text.toLowerCase().includes(one.toLowerCase()));
  });
  return operator.startsWith('!') ? !found : found;
}

it('terms find the links of which either end has the attributes', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(ends, { minLength: 1, maxLength: 8 }),
      fc.array(term, { minLength: 1, maxLength: 2 }),
      async (list, terms) => {
        const { traceId: id, spanId: at } = await sendEnds(list);
        const filter = { terms };
        const found = await opened.reader.links(id, at, { direction: 'out', limit: 100, filter });
        const expected = list.flatMap((end, n) => (terms.every((one) => holds(end, one)) ? [n] : []));
        expect(found?.links.map(({ index }) => index)).toEqual(expected);
        expect(found?.rollUp.total).toBe(expected.length);
      },
    ),
    { numRuns: 60 },
  );
});

it('groups have each link once, and each group can be listed', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(ends, { minLength: 1, maxLength: 8 }),
      fc.record({ owner, key }),
      async (list, by) => {
        const { traceId: id, spanId: at } = await sendEnds(list);
        const groups = await opened.reader.linkGroups(id, at, { direction: 'out' }, by);
        const model = new Map<string | null, number[]>();
        for (const [n, end] of list.entries()) {
          const text = valueOf(end, by);
          const value = text === undefined ? null : text.slice(0, 200);
          model.set(value, [...(model.get(value) ?? []), n]);
        }
        expect(new Map(groups?.groups.map(({ value, count }) => [value, count]))).toEqual(
          new Map([...model].map(([value, members]) => [value, members.length])),
        );
        expect(groups?.rest).toEqual({ values: 0, links: 0 });
        for (const { value, errors } of groups?.groups ?? []) {
          const members = model.get(value) ?? [];
          const failed = members.filter((n) => list[n]?.target?.isError);
          expect(errors).toBe(failed.length);
          const filter = { group: { by, value } };
          const page = await opened.reader.links(id, at, { direction: 'out', limit: 100, filter });
          expect(page?.links.map(({ index }) => index)).toEqual(members);
        }
        const named = await opened.reader.linkAttributes(id, at, 'out');
        const known = named?.attributes.find(({ name }) => name === linkAttributeName(by));
        const have = [...model].filter(([value]) => value !== null);
        expect(known).toEqual(
          have.length === 0
            ? undefined
            : {
                name: linkAttributeName(by),
                links: have.reduce((sum, [, members]) => sum + members.length, 0),
                values: have.length,
              },
        );
      },
    ),
    { numRuns: 60 },
  );
});

it('groups beyond the fifty largest are counted', async () => {
  const list = Array.from({ length: 61 }, (_, n) => ({
    link: { n: String(Math.max(0, n - 5)) },
    target: undefined,
  }));
  const { traceId: id, spanId: at } = await sendEnds([...list, { link: {}, target: undefined }]);
  const by = { owner: 'link', key: 'n' } as const;
  const groups = await opened.reader.linkGroups(id, at, { direction: 'out' }, by);
  expect(groups?.groups.length).toBe(50);
  expect(groups?.groups[0]).toEqual({ value: '0', count: 6, errors: 0 });
  expect(groups?.groups.at(-1)).toEqual({ value: null, count: 1, errors: 0 });
  expect(groups?.rest).toEqual({ values: 7, links: 7 });
});
