import type { SpanSummary } from '@span-links/explorer-api';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { spanTree } from './span-tree.ts';
import { collapseAll, collapseLevel } from './visible-rows.ts';
import {
  CLOSED_MAX,
  closedText,
  collapsedOf,
  FIND_MAX,
  servicesOf,
  servicesText,
  waterfallAddressOf,
  windowOf,
  zoomText,
} from './waterfall-address.ts';

const idOf = (n: number) => n.toString(16).padStart(16, '0');

/** A tree in which span n has the parent n / 3. */
function nodesOf(count: number) {
  return spanTree(
    Array.from({ length: count }, (_, n): SpanSummary => ({
      traceId: 'a'.repeat(32),
      spanId: idOf(n + 1),
      parentSpanId: n === 0 ? null : idOf(Math.floor((n - 1) / 3) + 1),
      service: 'shop',
      name: `span ${n}`,
      kind: 'internal',
      status: 'unset',
      startTime: String(1_760_000_000_000_000_000n + BigInt(n)),
      durationNs: 10,
      linkCount: 0,
      droppedLinksCount: 0,
      backlinkCount: 0,
      message: null,
    })),
  ).nodes;
}

describe('the waterfall in the address', () => {
  it('is read back unchanged', () => {
    const address = { zoom: '10-250', find: 'card declined', services: 'a,b', closed: `L2.${idOf(4)}` };
    expect(waterfallAddressOf(address)).toEqual(address);
    // The router reads a text of digits as a number.
    expect(waterfallAddressOf({ find: 42, closed: Number('1234567890123456') })).toEqual({
      find: '42',
      closed: '1234567890123456',
    });
  });

  it('leaves out invalid values, one by one', () => {
    for (const zoom of ['', '5', '5-5', '9-1', '-1-5', '1-99999999999999999', '1e3-1e4', 'a-b']) {
      expect(waterfallAddressOf({ zoom, find: 'kept' })).toEqual({ find: 'kept' });
    }
    for (const closed of [
      '',
      'L',
      '12',
      'L2.x',
      `${idOf(1)}.`,
      `L2${`.${idOf(1)}`.repeat(CLOSED_MAX + 1)}`,
    ]) {
      expect(waterfallAddressOf({ closed })).toEqual({});
    }
    expect(waterfallAddressOf({ find: '  ', services: '%' })).toEqual({});
    expect(waterfallAddressOf({ services: 'x'.repeat(500) })).toEqual({});
    expect(waterfallAddressOf({ find: 'x'.repeat(999) })).toEqual({ find: 'x'.repeat(FIND_MAX) });
  });
});

describe('a zoom', () => {
  it('contains at least the visible time', () => {
    expect(zoomText(null)).toBeUndefined();
    expect(windowOf(zoomText({ fromNs: 10.7, toNs: 20.2 }))).toEqual({ fromNs: 10, toNs: 21 });
    expect(windowOf()).toBeNull();
  });
});

describe('highlighted services', () => {
  it('are read back whatever their names are', () => {
    const names = new Set(['orders-api', 'a,b', '100 %', 'ünï']);
    expect(servicesOf(servicesText(names))).toEqual(names);
    expect(servicesText(new Set())).toBeUndefined();
  });
});

describe('closed rows', () => {
  const nodes = nodesOf(400);
  const parents = nodes.filter(({ end }, index) => end > index + 1).map(({ key }) => key);

  it('of whole levels are a few characters', () => {
    const all = collapseAll(nodes);
    expect(all.size).toBeGreaterThan(100);
    expect(closedText(all, nodes)).toBe('L2');
    expect(collapsedOf('L2', nodes)).toEqual(all);
    const level = collapseLevel(nodes, new Set());
    expect(collapsedOf(closedText(level, nodes), nodes)).toEqual(level);
    const butOne = new Set([...all].filter((key) => key !== parents[7]));
    expect(closedText(butOne, nodes)).toBe(`L2.${parents[7]}`);
    expect(collapsedOf(`L2.${parents[7]}`, nodes)).toEqual(butOne);
  });

  it('are read back up to the limit, and the last ones beyond it', () => {
    const chosen = fc.uniqueArray(fc.constantFrom(...parents), { maxLength: CLOSED_MAX });
    fc.assert(
      fc.property(chosen, (keys) => {
        const text = closedText(new Set(keys), nodes);
        expect(collapsedOf(text, nodes)).toEqual(new Set(keys));
        expect(waterfallAddressOf({ closed: text }).closed).toBe(text);
      }),
    );
    const many = parents.slice(0, 60);
    expect([...collapsedOf(closedText(new Set(many), nodesOf(1)), nodesOf(1))]).toEqual(
      many.slice(-CLOSED_MAX),
    );
  });

  it('that have not been received are kept', () => {
    const late = new Set([idOf(9_999)]);
    expect(collapsedOf(closedText(late, nodes), nodes)).toEqual(late);
    expect(collapsedOf(undefined, nodes)).toEqual(new Set());
  });
});
