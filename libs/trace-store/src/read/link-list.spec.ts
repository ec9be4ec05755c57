import type { ResolvedLink } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { LinkJson } from './link-list.ts';

function link(index: number, traceState = ''): ResolvedLink {
  return {
    index,
    traceId: 'a'.repeat(32),
    spanId: 'b'.repeat(16),
    traceState,
    flags: 1,
    attributes: [],
    droppedAttributesCount: 0,
    isSelf: false,
    isDuplicate: false,
    gapNs: null,
    other: { resolved: false, reason: 'not_received' },
  };
}

describe('LinkJson', () => {
  it.each([0, 1, 99, 100, 101, 1_000])('is the JSON of all %d links', (count) => {
    const links = Array.from({ length: count }, (_, index) => link(index));
    const json = new LinkJson();
    for (const one of links) json.add(one);
    expect(json.links()).toBe(JSON.stringify(links));
  });

  it('has room for text that takes more bytes than characters', () => {
    const links = Array.from({ length: 150 }, (_, index) =>
      link(index, '\u20ac\u{1f517}\u0000\ud800'.repeat(200)),
    );
    const json = new LinkJson();
    for (const one of links) json.add(one);
    expect(json.links()).toBe(JSON.stringify(links));
  });
});
