import type { SpanSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { spanTree, type SpanTree } from './span-tree.ts';

const START = 1_760_000_000_000_000_000n;

function span(id: string, parentSpanId: string | null, startNs: number, durationNs = 10): SpanSummary {
  return {
    traceId: 'a'.repeat(32),
    spanId: id,
    parentSpanId,
    service: 'shop',
    name: id,
    kind: 'internal',
    status: 'unset',
    startTime: String(START + BigInt(startNs)),
    durationNs,
    linkCount: 0,
    droppedLinksCount: 0,
    backlinkCount: 0,
    message: null,
  };
}

function drawn({ nodes }: SpanTree): string[] {
  return nodes.map(({ key, level, parentage }) => `${'  '.repeat(level - 1)}${key} ${parentage}`);
}

describe('spanTree', () => {
  it('puts each parent before its children, children in time order', () => {
    const tree = spanTree([
      span('b', 'root', 20),
      span('root', null, 0, 100),
      span('a', 'root', 10),
      span('a1', 'a', 12),
    ]);
    expect(drawn(tree)).toEqual(['root root', '  a child', '    a1 child', '  b child']);
    expect(tree.nodes.map(({ end }) => end)).toEqual([4, 3, 3, 4]);
    expect(tree.nodes.map(({ position, siblings }) => `${position}/${siblings}`)).toEqual([
      '1/1',
      '1/2',
      '1/1',
      '2/2',
    ]);
    expect(tree.durationNs).toBe(100);
  });

  it('marks spans whose parent has not come', () => {
    const tree = spanTree([span('root', null, 0), span('lost', 'elsewhere', 5)]);
    expect(drawn(tree)).toEqual(['root root', 'lost orphan']);
  });

  it('cuts a span that is its own parent', () => {
    expect(drawn(spanTree([span('self', 'self', 0), span('child', 'self', 1)]))).toEqual([
      'self cycle',
      '  child child',
    ]);
  });

  it('cuts a circle above its earliest span, and keeps its other descendants', () => {
    const tree = spanTree([
      span('root', null, 0),
      span('c', 'b', 30),
      span('a', 'c', 10),
      span('b', 'a', 20),
      span('tail', 'c', 40),
    ]);
    expect(drawn(tree)).toEqual(['root root', 'a cycle', '  b child', '    c child', '      tail child']);
  });

  it('keeps all spans of the same id separate, children with the first', () => {
    const tree = spanTree([span('x', null, 0), span('x', null, 5), span('child', 'x', 6)]);
    expect(drawn(tree)).toEqual(['x root', '  child child', 'x~2 root']);
    expect(tree.indexOf.get('x')).toBe(0);
  });

  it('reports how much earlier than its parent a span starts, and leaves its time unchanged', () => {
    const tree = spanTree([span('root', null, 100), span('early', 'root', 60)]);
    expect(tree.nodes[1]).toMatchObject({ key: 'early', skewNs: 40, startNs: 0 });
    expect(tree.nodes[0]).toMatchObject({ key: 'root', skewNs: 0, startNs: 40 });
  });

  it('keeps differences of a nanosecond in times that exceed a number', () => {
    const tree = spanTree([span('root', null, 0), span('b', 'root', 2), span('a', 'root', 1)]);
    expect(tree.nodes.map(({ key, startNs }) => [key, startNs])).toEqual([
      ['root', 0],
      ['a', 1],
      ['b', 2],
    ]);
  });

  it('handles a chain of 10,000 spans, last one first', () => {
    const chain = Array.from({ length: 10_000 }, (_, at) =>
      span(`s${at}`, at === 0 ? null : `s${at - 1}`, at),
    );
    const { nodes } = spanTree(chain.reverse());
    expect(nodes).toHaveLength(10_000);
    expect(nodes.at(-1)).toMatchObject({ key: 's9999', level: 10_000 });
    expect(nodes[0]?.end).toBe(10_000);
  });

  it('handles a circle of 10,000 spans', () => {
    const circle = Array.from({ length: 10_000 }, (_, at) => span(`s${at}`, `s${(at + 9_999) % 10_000}`, at));
    const { nodes } = spanTree(circle);
    expect(nodes[0]).toMatchObject({ key: 's0', parentage: 'cycle', end: 10_000 });
  });

  it('without spans has no nodes, and a length that can be divided by', () => {
    expect(spanTree([])).toMatchObject({ nodes: [], durationNs: 1 });
  });
});
