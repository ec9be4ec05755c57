import type { SpanSummary } from '@span-links/explorer-api';
import { describe, expect, it } from 'vitest';
import { MINI_ROWS, miniWaterfall } from './mini-waterfall-rows.ts';

const idOf = (number: number) => number.toString(16).padStart(16, '0');
const span = (number: number, parent: number | null): SpanSummary => ({
  traceId: 'a'.repeat(32),
  spanId: idOf(number),
  parentSpanId: parent === null ? null : idOf(parent),
  service: 'orders-api',
  name: `span ${number}`,
  kind: 'internal',
  status: 'unset',
  startTime: String(1_763_800_000_000_000_000n + BigInt(number)),
  durationNs: 1,
  linkCount: 0,
  droppedLinksCount: 0,
  backlinkCount: 0,
  message: null,
});

describe('the mini waterfall', () => {
  it('shows a small trace completely, with the target marked', () => {
    const { rows, hidden } = miniWaterfall([span(1, null), span(2, 1), span(4, 1)], idOf(2));
    expect(rows.map(({ depth, isTarget }) => [depth, isTarget])).toEqual([
      [0, false],
      [1, true],
      [1, false],
    ]);
    expect(rows.map(({ start, length }) => [start, length])).toEqual([
      [0, 0.25],
      [0.25, 0.25],
      [0.75, 0.25],
    ]);
    expect(hidden).toBe(0);
  });

  it('stays around a target deep inside a long chain', () => {
    const chain = Array.from({ length: 500 }, (_, index) => span(index + 1, index === 0 ? null : index));
    const { rows, hidden } = miniWaterfall(chain, idOf(250));
    expect(rows).toHaveLength(MINI_ROWS);
    expect(hidden).toBe(470);
    expect(rows[0]?.depth).toBe(0);
    expect(rows.findIndex(({ isTarget }) => isTarget)).toBe(10);
  });

  it('shows the last rows completely', () => {
    const chain = Array.from({ length: 40 }, (_, index) => span(index + 1, index === 0 ? null : index));
    expect(miniWaterfall(chain, idOf(40)).rows.at(-1)?.isTarget).toBe(true);
    expect(miniWaterfall(chain, idOf(40)).rows).toHaveLength(MINI_ROWS);
  });

  it('has no rows for a trace without spans', () => {
    expect(miniWaterfall([], idOf(1))).toEqual({ rows: [], hidden: 0 });
  });
});
