import type { TraceSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { tracesOf, withTraces, withUpdates, type TracePages } from './trace-pages.ts';

function trace(traceId: string, startTime: number, spanCount = 1): TraceSummary {
  return {
    traceId,
    root: { spanId: '1', service: 's', name: 'n', kind: 'internal', status: 'unset', received: true },
    startTime: String(startTime),
    durationNs: 1,
    spanCount,
    errorCount: 0,
    linkCount: 0,
    backlinkCount: 0,
    services: ['s'],
    error: null,
  };
}

function pagesOf(...pages: readonly (readonly TraceSummary[])[]): TracePages {
  return {
    pages: pages.map((traces, index) => ({ traces, nextCursor: `after ${index}`, searchedBackTo: null })),
    pageParams: pages.map((_, index) => (index === 0 ? null : `after ${index - 1}`)),
  };
}

const ids = (pages: TracePages) =>
  pages.pages.map(({ traces }) => traces.map(({ traceId }) => traceId).join(''));

describe('the pages of the trace list', () => {
  const pages = pagesOf([trace('f', 60), trace('e', 50)], [trace('d', 40), trace('c', 30)]);

  it('are one list with each trace once', () => {
    const moved = pagesOf([trace('a', 60), trace('b', 50)], [trace('b', 40), trace('c', 30)]);
    expect(tracesOf(moved).map(({ traceId }) => traceId)).toEqual(['a', 'b', 'c']);
    expect(tracesOf(undefined)).toEqual([]);
  });

  it('take new figures without moving a row', () => {
    const update = trace('d', 35, 7);
    const updated = withUpdates(pages, new Map([['d', update]]));
    expect(ids(updated)).toEqual(['fe', 'dc']);
    expect(updated.pages[1]?.traces[0]).toBe(update);
    expect(updated.pages[0]).toBe(pages.pages[0]);
    expect(withUpdates(pages, new Map([['x', update]]))).toBe(pages);
  });

  it('put new traces at the place of their time, even if they come late', () => {
    expect(ids(withTraces(pages, [trace('g', 70)]))).toEqual(['gfe', 'dc']);
    expect(ids(withTraces(pages, [trace('x', 45), trace('y', 55)]))).toEqual(['fye', 'xdc']);
  });

  it('move a trace when an earlier span has come in', () => {
    expect(ids(withTraces(pages, [trace('f', 35)]))).toEqual(['e', 'dfc']);
  });

  it('leave traces older than the last row to their own page', () => {
    expect(ids(withTraces(pages, [trace('x', 10)]))).toEqual(['fe', 'dc']);
    const [first, second] = pages.pages;
    const complete = { ...pages, pages: [first!, { ...second!, nextCursor: null }] };
    expect(ids(withTraces(complete, [trace('x', 10)]))).toEqual(['fe', 'dcx']);
  });

  it('take the first trace of all', () => {
    const empty: TracePages = {
      pages: [{ traces: [], nextCursor: null, searchedBackTo: null }],
      pageParams: [null],
    };
    expect(ids(withTraces(empty, [trace('a', 1)]))).toEqual(['a']);
  });

  it('order times of any length', () => {
    const old = pagesOf([trace('b', 1_000), trace('a', 999)]);
    expect(ids(withTraces(old, [trace('c', 1_001), trace('x', 9_999)]))).toEqual(['xcba']);
  });
});
