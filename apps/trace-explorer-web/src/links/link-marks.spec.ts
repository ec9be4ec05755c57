import type { ResolvedLink } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { firstPlaces, isUnsampled, linkMarks } from './link-marks.ts';

const link = (index: number, more: Partial<ResolvedLink> = {}): ResolvedLink => ({
  index,
  traceId: 'a'.repeat(32),
  spanId: 'b'.repeat(16),
  traceState: '',
  flags: 0x101,
  attributes: [],
  droppedAttributesCount: 0,
  isSelf: false,
  isDuplicate: false,
  gapNs: null,
  other: { resolved: false, reason: 'not_received' },
  ...more,
});
const textsOf = (marked: ResolvedLink, all: ResolvedLink[] = [marked]) =>
  linkMarks(marked, 'out', firstPlaces(all)).map(({ text }) => text);

describe('marks of a link', () => {
  it('are none for the usual one', () => {
    expect(textsOf(link(0))).toEqual([]);
  });

  it('name the first of links that repeat, wherever the order puts it', () => {
    const again = link(7, { isDuplicate: true });
    expect(textsOf(again, [again, link(2), link(5, { isDuplicate: true })])).toEqual(['again, as #2']);
  });

  it('say no place that is not known', () => {
    expect(textsOf(link(7, { isDuplicate: true }))).toEqual(['again']);
  });

  it('tell links to itself and dropped attributes', () => {
    expect(textsOf(link(0, { isSelf: true, droppedAttributesCount: 3 }))).toEqual([
      'itself',
      '−3 attributes',
    ]);
  });
});

describe('the sampled flag', () => {
  it('is taken for unset only where there are flags at all', () => {
    expect(isUnsampled(0)).toBe(false);
    expect(isUnsampled(0x100)).toBe(true);
    expect(isUnsampled(0x101)).toBe(false);
  });
});
