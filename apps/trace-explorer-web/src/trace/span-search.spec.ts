import { describe, expect, it } from 'vitest';
import { matchParts, nextOf, searchSpans } from './span-search.ts';
import type { SpanNode } from './span-tree.ts';

const node = (name: string, service: string, status = 'unset') =>
  ({ span: { name, service, spanId: '00ff', kind: 'client', status } }) as unknown as SpanNode;
const NODES = [node('GET /orders', 'api'), node('INSERT', 'postgres'), node('GET /pay', 'payments', 'error')];

describe('searchSpans', () => {
  it('finds all words, in any field and case', () => {
    expect(searchSpans(NODES, 'get')).toEqual([0, 2]);
    expect(searchSpans(NODES, 'get PAYMENTS')).toEqual([2]);
    expect(searchSpans(NODES, 'error')).toEqual([2]);
    expect(searchSpans(NODES, '00FF client')).toEqual([0, 1, 2]);
  });

  it('finds nothing for an empty text, and nothing across two fields', () => {
    expect(searchSpans(NODES, '  ')).toEqual([]);
    expect(searchSpans(NODES, 'insertpostgres')).toEqual([]);
  });
});

describe('nextOf', () => {
  it('wraps around the end in both directions', () => {
    expect(nextOf([2, 5, 9], 5, 1)).toBe(9);
    expect(nextOf([2, 5, 9], 9, 1)).toBe(2);
    expect(nextOf([2, 5, 9], 2, -1)).toBe(9);
    expect(nextOf([], 2, 1)).toBeUndefined();
  });
});

describe('matchParts', () => {
  it('marks matches and treats special characters as text', () => {
    expect(matchParts('a.b+A.B', 'a.b')).toEqual([
      { text: 'a.b', isMatch: true },
      { text: '+', isMatch: false },
      { text: 'A.B', isMatch: true },
    ]);
    expect(matchParts('axb', 'a.b')).toEqual([{ text: 'axb', isMatch: false }]);
  });
});
