import { describe, expect, it } from 'vitest';
import { rowTime } from './row-time.ts';

const NOW = new Date(2026, 10, 22, 15, 0);
const at = (...parts: [number, number, number, number, number, number, number]) =>
  `${new Date(...parts).getTime()}000000`;

describe('the time of a row', () => {
  it('has milliseconds today, the day before that, and the year before this year', () => {
    expect(rowTime(at(2026, 10, 22, 14, 3, 9, 48), NOW)).toBe('14:03:09.048');
    expect(rowTime(at(2026, 10, 21, 14, 3, 9, 48), NOW)).toBe('21 Nov 14:03:09');
    expect(rowTime(at(2025, 0, 2, 14, 3, 9, 48), NOW)).toBe('2 Jan 2025 14:03');
  });
});
