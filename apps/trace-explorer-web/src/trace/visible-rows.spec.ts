import { describe, expect, it } from 'vitest';
import type { SpanNode } from './span-tree.ts';
import {
  ancestorKeys,
  collapseAll,
  collapseLevel,
  expandLevel,
  hasChildren,
  rowOf,
  visibleRows,
  without,
} from './visible-rows.ts';

// root( a( a1 a2 ) b( b1 ) ) other
const NODES = [
  { key: 'root', level: 1, parent: -1, end: 6 },
  { key: 'a', level: 2, parent: 0, end: 4 },
  { key: 'a1', level: 3, parent: 1, end: 3 },
  { key: 'a2', level: 3, parent: 1, end: 4 },
  { key: 'b', level: 2, parent: 0, end: 6 },
  { key: 'b1', level: 3, parent: 4, end: 6 },
] as unknown as readonly SpanNode[];

describe('the rows of a tree', () => {
  it('are all nodes except those below a collapsed one', () => {
    expect(visibleRows(NODES, new Set())).toEqual([0, 1, 2, 3, 4, 5]);
    expect(visibleRows(NODES, new Set(['a']))).toEqual([0, 1, 4, 5]);
    expect(visibleRows(NODES, new Set(['root', 'a']))).toEqual([0]);
  });

  it('include the collapsed ancestor of hidden nodes', () => {
    const rows = visibleRows(NODES, new Set(['a']));
    expect(rowOf(rows, 3)).toBe(1);
    expect(rowOf(rows, 4)).toBe(2);
    expect(rowOf([], 4)).toBe(-1);
  });

  it('close and open level by level', () => {
    const once = collapseLevel(NODES, new Set());
    expect(once).toEqual(new Set(['a', 'b']));
    const twice = collapseLevel(NODES, once);
    expect(visibleRows(NODES, twice)).toEqual([0]);
    expect(expandLevel(NODES, twice)).toEqual(new Set(['a', 'b']));
    expect(expandLevel(NODES, new Set(['a', 'b']))).toEqual(new Set());
  });

  it('keep a single root open when everything is collapsed', () => {
    expect(visibleRows(NODES, collapseAll(NODES))).toEqual([0, 1, 4]);
  });
});

describe('nodes', () => {
  it('know their children and ancestors', () => {
    expect(hasChildren(NODES, 1)).toBe(true);
    expect(hasChildren(NODES, 3)).toBe(false);
    expect(ancestorKeys(NODES, 3)).toEqual(['a', 'root']);
  });
});

describe('without', () => {
  it('returns the same set if nothing changes', () => {
    const collapsed = new Set(['a']);
    expect(without(collapsed, ['b'])).toBe(collapsed);
    expect(without(collapsed, ['a'])).toEqual(new Set());
  });
});
