import type { JourneyUnit } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { waterfallRows } from './waterfall-rows.ts';

const unit = (operation: string, n: number, more: Partial<JourneyUnit> = {}): JourneyUnit => ({
  traceId: `trace-${operation}-${n}`,
  spanId: `span-${n}`,
  parent: 0,
  relation: null,
  service: 'shop',
  operation,
  kind: 'internal',
  startNs: n,
  durationNs: 1,
  waitNs: 0,
  ownNs: null,
  sources: 1,
  spanCount: 1,
  isOnPath: false,
  isRetried: false,
  hasFailed: false,
  message: null,
  culpritSpanId: null,
  ...more,
});

const HEAD = unit('POST', 0, { parent: -1, isOnPath: true });
const many = (count: number) => Array.from({ length: count }, (_, n) => unit('price', n + 1));

describe('the rows of a journey', () => {
  it('are its units, each under its source', () => {
    const rows = waterfallRows([HEAD, unit('batch', 1), unit('ship', 2, { parent: 1 })], new Set());
    expect(rows.map(({ unit: { operation }, depth }) => [operation, depth])).toEqual([
      ['POST', 0],
      ['batch', 1],
      ['ship', 2],
    ]);
  });

  it('fold many units of one kind, and show a failed one for all', () => {
    const units = [HEAD, ...many(5), unit('price', 6, { hasFailed: true, message: 'no price' })];
    const [, group, ...rest] = waterfallRows(units, new Set());
    expect(rest).toEqual([]);
    expect(group).toMatchObject({ isGroup: true, isOpen: false, unit: { message: 'no price' } });
    expect(group?.units).toHaveLength(6);
    const open = waterfallRows(units, new Set([group!.key]));
    expect(open).toHaveLength(8);
    expect(waterfallRows([HEAD, ...many(5)], new Set())).toHaveLength(6);
  });

  it('continue after a folded unit on the critical path', () => {
    const units = [
      HEAD,
      ...many(9),
      unit('price', 10, { isOnPath: true }),
      unit('join', 11, { parent: 10, isOnPath: true }),
    ];
    const rows = waterfallRows(units, new Set());
    expect(rows.map(({ unit: { operation } }) => operation)).toEqual(['POST', 'price', 'join']);
  });
});
