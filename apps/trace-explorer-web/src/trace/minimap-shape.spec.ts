import { describe, expect, it } from 'vitest';
import { minimapShapes } from './minimap-shape.ts';
import type { SpanNode } from './span-tree.ts';

const node = (service: string, startNs: number, durationNs: number) =>
  ({ span: { service, durationNs }, startNs }) as unknown as SpanNode;

describe('minimapShapes', () => {
  it('draws one path per service, and keeps spans without length visible', () => {
    const shapes = minimapShapes([node('a', 0, 100), node('b', 100, 0)], 100);
    expect(shapes).toEqual([
      { service: 'a', path: 'M0 0h1000v3.75h-1000z' },
      { service: 'b', path: 'M998 5h2v3.75h-2z' },
    ]);
  });

  it('draws only one bar for the same place', () => {
    const many = Array.from({ length: 10_000 }, () => node('a', 0, 100));
    const [shape] = minimapShapes(many, 100);
    expect(shape?.path.match(/M/g)).toHaveLength(40);
  });
});
