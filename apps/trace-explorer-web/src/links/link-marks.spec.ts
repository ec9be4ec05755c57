import type { ResolvedLink } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { firstPlaces, linkMarks } from './link-marks.ts';

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
  it('are none for the usual link', () => {
    expect(textsOf(link(0))).toEqual([]);
  });

  it('name the first of repeated links, in any order', () => {
    const again = link(7, { isDuplicate: true });
    expect(textsOf(again, [again, link(2), link(5, { isDuplicate: true })])).toEqual(['again, as #2']);
  });

  it('name no unknown place', () => {
    expect(textsOf(link(7, { isDuplicate: true }))).toEqual(['again']);
  });

  it('do not count links to one span with other message ids as repeated', () => {
    const message = (index: number, id: string) =>
      link(index, {
        isDuplicate: index > 0,
        attributes: [{ key: 'messaging.message.id', type: 'string', value: id }],
      });
    const all = [message(0, 'a'), message(1, 'b'), message(2, 'a')];
    expect(all.map((one) => textsOf(one, all))).toEqual([[], [], ['again, as #0']]);
  });

  it('show links to itself and dropped attributes', () => {
    expect(textsOf(link(0, { isSelf: true, droppedAttributesCount: 3 }))).toEqual([
      'itself',
      '−3 attributes',
    ]);
  });
});
