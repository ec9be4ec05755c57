import type { JourneySummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { journeysOf, withFirstPage, withUpdates, type JourneyPages } from './journey-feed.ts';

const journey = (journeyId: string, totalNs = 1) => ({ journeyId, totalNs }) as JourneySummary;
const page = (ids: string, nextCursor: string | null = null) => ({
  journeys: [...ids].map((id) => journey(id)),
  nextCursor,
  searchedBackTo: null,
});
const pages = (...all: ReturnType<typeof page>[]): JourneyPages => ({
  pages: all,
  pageParams: all.map((_, n) => (n === 0 ? null : `cursor ${n}`)),
});
const ids = (shown: JourneyPages) =>
  journeysOf(shown)
    .map(({ journeyId }) => journeyId)
    .join('');

describe('new rows', () => {
  it('are above the rows that were loaded before, each once', () => {
    const shown = withFirstPage(pages(page('abc', 'c'), page('def', 'f')), page('xab', 'b'));
    expect(ids(shown)).toBe('xabcdef');
    expect(shown.pages.at(-1)?.nextCursor).toBe('f');
  });

  it('replace all rows if they exceed a page', () => {
    expect(ids(withFirstPage(pages(page('abc', 'c'), page('def')), page('xyz', 'z')))).toBe('xyz');
  });

  it('do not keep a journey that has become part of another one', () => {
    expect(ids(withFirstPage(pages(page('abc', 'c')), page('ac', 'c')))).toBe('ac');
  });

  it('change in place while someone reads', () => {
    const shown = withUpdates(pages(page('abc')), [journey('b', 9), journey('x', 9)]);
    expect(ids(shown)).toBe('abc');
    expect(journeysOf(shown)[1]?.totalNs).toBe(9);
  });
});
