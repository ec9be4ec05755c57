import { describe, expect, it } from 'vitest';
import { crumbsAfter, type Crumb } from './crumbs.ts';

const crumb = (traceId: string): Crumb => ({ traceId, search: {}, service: 'shop', name: traceId });
const at = (traceId: string, ...crumbs: string[]) => ({ place: crumb(traceId), crumbs: crumbs.map(crumb) });
const ids = (crumbs: readonly Crumb[]) => crumbs.map(({ traceId }) => traceId);

describe('crumbsAfter', () => {
  it('is empty for an address that was opened directly', () => {
    expect(crumbsAfter(undefined, 'a')).toEqual([]);
  });

  it('adds the trace that a link was followed from', () => {
    expect(ids(crumbsAfter(at('b', 'a'), 'c'))).toEqual(['a', 'b']);
  });

  it('stays unchanged within a trace', () => {
    expect(ids(crumbsAfter(at('b', 'a'), 'b'))).toEqual(['a']);
  });

  it('does not grow when the reader goes back by a link', () => {
    expect(ids(crumbsAfter(at('c', 'a', 'b'), 'a'))).toEqual([]);
    expect(ids(crumbsAfter(at('c', 'a', 'b'), 'b'))).toEqual(['a']);
  });

  it('forgets the oldest of many', () => {
    expect(ids(crumbsAfter(at('g', 'a', 'b', 'c', 'd', 'e', 'f'), 'h'))).toEqual([
      'b',
      'c',
      'd',
      'e',
      'f',
      'g',
    ]);
  });
});
