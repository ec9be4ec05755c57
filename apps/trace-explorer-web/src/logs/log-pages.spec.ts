import type { LogPage, LogRecord } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { logsOf, newIn, withFirstPage, type LogPages } from './log-pages.ts';

const page = (ids: readonly number[], nextCursor: string | null = null): LogPage => ({
  logs: ids.map((id) => ({ id: String(id) }) as LogRecord),
  nextCursor,
  searchedBackTo: null,
});
const pagesOf = (...pages: LogPage[]): LogPages => ({ pages, pageParams: pages.map(() => null) });
const ids = (pages: LogPages) => logsOf(pages).map(({ id }) => Number(id));

describe('a new first page of log records', () => {
  it('names the records that are not shown', () => {
    expect(newIn(pagesOf(page([3, 2, 1])), page([5, 4, 3])).map(({ id }) => id)).toEqual(['5', '4']);
  });

  it('goes before the older records, which keep their cursor', () => {
    const merged = withFirstPage(pagesOf(page([4, 3], 'a'), page([2, 1], 'b')), page([6, 5, 4], 'c'));
    expect(ids(merged)).toEqual([6, 5, 4, 3, 2, 1]);
    expect(merged.pages.at(-1)?.nextCursor).toBe('b');
  });

  it('replaces them if there may be others between them', () => {
    expect(ids(withFirstPage(pagesOf(page([2, 1], 'a')), page([9, 8], 'c')))).toEqual([9, 8]);
  });

  it('takes records that arrived late at their place', () => {
    expect(ids(withFirstPage(pagesOf(page([5, 3, 2])), page([5, 4, 3])))).toEqual([5, 4, 3, 2]);
  });

  it('drops the older records if there are very many', () => {
    const many = Array.from({ length: 1_200 }, (_, n) => 1_200 - n);
    expect(ids(withFirstPage(pagesOf(page(many)), page([1_201, 1_200])))).toEqual([1_201, 1_200]);
  });
});
