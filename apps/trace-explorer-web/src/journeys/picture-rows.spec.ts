import type { JourneyUnit } from '@span-links/explorer-api';
import { expect, it } from 'vitest';
import { pictureRows } from './picture-rows.ts';

const unit = (n: number, more: Partial<JourneyUnit> = {}): JourneyUnit => ({
  traceId: String(n),
  spanId: String(n),
  parent: n === 0 ? -1 : 0,
  relation: null,
  service: 's',
  operation: `operation ${n}`,
  kind: 'internal',
  startNs: n,
  durationNs: 1,
  waitNs: 0,
  ownNs: null,
  sources: 1,
  spanCount: 1,
  isOnPath: n === 0,
  isRetried: false,
  hasFailed: false,
  message: null,
  culpritSpanId: null,
  ...more,
});

it('keeps the critical path and failures of a journey with too many steps, and counts the rest', () => {
  const units = Array.from({ length: 100 }, (_, n) =>
    unit(n, { ...(n === 97 && { isOnPath: true }), ...(n === 98 && { hasFailed: true }) }),
  );
  const { rows, hidden } = pictureRows({ units, unitCount: 120 });
  expect(rows).toHaveLength(16);
  expect(rows.map((row) => row.unit.operation)).toContain('operation 97');
  expect(rows.map((row) => row.unit.operation)).toContain('operation 98');
  expect(hidden).toBe(104);
});

it('counts folded steps as drawn', () => {
  const units = [unit(0), ...Array.from({ length: 30 }, (_, n) => unit(n + 1, { operation: 'mail' }))];
  const { rows, hidden } = pictureRows({ units, unitCount: 31 });
  expect(rows.map((row) => row.units.length)).toEqual([1, 30]);
  expect(hidden).toBe(0);
});
