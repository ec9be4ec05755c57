import { TraceFlags, type Link } from '@opentelemetry/api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keepShare, reachesShare, type KeepRule } from './keep-rule.ts';

const idOf = (index: number, length: number) => (index + 1).toString(16).padStart(length, '0');
const linkTo = (index: number, traceFlags: number): Link => ({
  context: { traceId: idOf(index, 32), spanId: idOf(index, 16), traceFlags },
});
const sampled = (index: number) => linkTo(index, TraceFlags.SAMPLED);
const unsampled = (index: number) => linkTo(index, TraceFlags.NONE);
const INVALID: readonly unknown[] = [
  { context: { traceId: '0'.repeat(32), spanId: idOf(1, 16), traceFlags: 1 } },
  { context: { traceId: idOf(1, 32), spanId: 'zz', traceFlags: 1 } },
  { context: {} },
  { context: undefined },
  {},
  null,
  undefined,
];
const decide = (rule: KeepRule, ...lists: Link[][]) => reachesShare(lists, keepShare(rule));

describe('a keep rule', () => {
  it.each<[KeepRule, number, number, boolean]>([
    ['any', 0, 3, false],
    ['any', 1, 99, true],
    ['all', 2, 1, false],
    ['all', 3, 0, true],
    [{ ratio: 0.5 }, 1, 2, false],
    [{ ratio: 0.5 }, 2, 2, true],
    [{ ratio: 0.55 }, 55, 45, true],
    [{ ratio: 0.55 }, 54, 46, false],
    [{ ratio: 0 }, 0, 3, false],
    [{ ratio: -1 }, 1, 3, true],
    [{ ratio: 7 }, 2, 1, false],
    [{ ratio: 7 }, 3, 0, true],
    [{ ratio: Number.NaN }, 2, 1, false],
  ])('%j with %i sampled and %i unsampled sources: %s', (rule, sampledCount, unsampledCount, expected) => {
    const links = [
      ...Array.from({ length: unsampledCount }, (_, index) => unsampled(index)),
      ...Array.from({ length: sampledCount }, (_, index) => sampled(1_000 + index)),
    ];
    expect(decide(rule, links)).toBe(expected);
  });

  it.each<KeepRule>(['any', 'all', { ratio: 0.01 }])('%j keeps nothing without a source', (rule) => {
    expect(decide(rule, [], [])).toBe(false);
    expect(decide(rule, INVALID as Link[])).toBe(false);
  });

  it('reads the sampled bit and no other', () => {
    expect(decide('any', [linkTo(1, 0x02)])).toBe(false);
    expect(decide('any', [linkTo(1, 0x03)])).toBe(true);
  });

  it('believes the carrier that says sampled, if two of one span disagree', () => {
    expect(decide('all', [unsampled(1), sampled(1)])).toBe(true);
    expect(decide('all', [sampled(1), unsampled(1)])).toBe(true);
  });

  it('depends only on the set of sources: not on order, duplicates, invalid links or their list', () => {
    const links = fc.array(fc.tuple(fc.integer({ min: 0, max: 12 }), fc.boolean()), { maxLength: 20 });
    const share = fc.double({ min: 0, max: 1, noNaN: true });
    const noise = fc.subarray([...INVALID]);
    fc.assert(
      fc.property(
        links,
        share,
        noise,
        fc.nat(20),
        fc.infiniteStream(fc.nat()),
        (pairs, ratio, invalid, cut, keys) => {
          const flags = new Map<number, boolean>();
          for (const [id, on] of pairs) flags.set(id, on || (flags.get(id) ?? false));
          const on = [...flags.values()].filter(Boolean).length;
          const expected = on > 0 && on / flags.size >= ratio;
          const mixed = [...pairs.map(([id, isOn]) => linkTo(id, isOn ? 1 : 0)), ...(invalid as Link[])]
            .map((link) => ({ link, key: Number(keys.next().value) }))
            .sort((a, b) => a.key - b.key)
            .map(({ link }) => link);
          expect(decide({ ratio }, mixed.slice(0, cut), mixed.slice(cut))).toBe(expected);
          expect(decide({ ratio }, mixed, mixed)).toBe(expected);
        },
      ),
    );
  });
});
