import type { LinkPage, LinkWaitBar } from '@span-links/explorer-api';
import type { Span } from '@span-links/otlp';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { LinkFilter } from '../../src/read/all-links.ts';
import { linkTo, request, span, spanId, T0, traceId } from '../requests.ts';
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
