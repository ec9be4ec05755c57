import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MAX_SCANNED_BLOCKS, newestFirst, scanBlocks } from './block-scan.ts';
import type { CandidateBlock } from './candidate-blocks.ts';
import type { PageKey } from './page-cursor.ts';

interface Block extends CandidateBlock {
  readonly matches: readonly PageKey[];
}

/**
 * Sorts in the order in which blocks are read: blocks without a bound first, then by the latest
 * bound.
 */
function ordered(blocks: readonly Block[]): Block[] {
  const bound = ({ maxStartNs }: Block): number => (maxStartNs === null ? Infinity : Number(maxStartNs));
  return [...blocks].sort((a, b) => bound(b) - bound(a));
}

const blocks = fc
  .array(
    fc.record({
      isOpen: fc.integer({ min: 0, max: 9 }).map((n) => n === 0),
      matches: fc.array(fc.tuple(fc.nat(12), fc.nat(30)), { maxLength: 6 }),
      beyond: fc.nat(1),
    }),
    { maxLength: 90 },
  )
  .map((all) =>
    ordered(
      all.map(({ isOpen, matches, beyond }, n): Block => {
        const latest = matches.reduce((max, [start]) => Math.max(max, start), 0) + beyond;
        const keys = matches.map(([start, id]): PageKey => [String(start), String(id)]);
        return { block: String(n), maxStartNs: isOpen ? null : String(latest), matches: keys };
      }),
    ),
  );

describe('a scan of blocks', () => {
  it('finds the newest matches of all blocks, or all matches down to its end', async () => {
    await fc.assert(
      fc.asyncProperty(blocks, fc.integer({ min: 1, max: 20 }), async (all, wanted) => {
        const asked: string[] = [];
        const scanned = await scanBlocks(all, wanted, '0', async (some) => {
          asked.push(...some);
          const found = all.filter(({ block }) => some.includes(block)).flatMap(({ matches }) => matches);
          return [...found].sort(newestFirst).slice(0, wanted * 3);
        });
        expect(new Set(asked).size).toBe(asked.length);
        expect(asked.length).toBeLessThanOrEqual(MAX_SCANNED_BLOCKS);
        const truth = new Map(all.flatMap(({ matches }) => matches).map((key) => [key.join(), key]));
        const expected = [...truth.values()].sort(newestFirst);
        if (scanned === undefined) {
          expect(all.length).toBeGreaterThan(MAX_SCANNED_BLOCKS);
          return;
        }
        const { keys, searchedTo } = scanned;
        const complete = searchedTo ? expected.filter((key) => newestFirst(key, searchedTo) < 0) : expected;
        expect(keys).toEqual(complete.slice(0, wanted));
      }),
      { numRuns: 500 },
    );
  });

  it('ends as soon as no other block can have a newer match', async () => {
    const all = Array.from({ length: 40 }, (_, n) => ({
      block: String(n),
      maxStartNs: String(1_000 - n * 10),
    }));
    let asked = 0;
    const scanned = await scanBlocks(all, 2, '0', async (some) => {
      asked += some.length;
      return some.map((block): PageKey => [String(995 - Number(block) * 10), block]);
    });
    expect(scanned).toEqual({
      keys: [
        ['995', '0'],
        ['985', '1'],
      ],
      searchedTo: null,
    });
    expect(asked).toBe(4);
  });
});
