import { describe, expect, it } from 'vitest';
import { absoluteRange, apiRange, isLive, isWithin, rangeLabel, recentMs } from './time-range.ts';

const NOW = Date.UTC(2026, 10, 22, 15, 0);
const HOUR = 3_600_000;

describe('a time range', () => {
  it('that ends now has no end, and is live', () => {
    expect(isLive({ last: '1h' })).toBe(true);
    expect(isLive({ from: NOW })).toBe(true);
    expect(isLive({})).toBe(true);
    expect(isLive({ to: NOW })).toBe(false);
  });

  it('stays relative if it was chosen so, and means other times later', () => {
    expect(absoluteRange({ last: '1h' }, NOW)).toEqual({ from: NOW - HOUR });
    expect(absoluteRange({ last: '1h' }, NOW + HOUR)).toEqual({ from: NOW });
    expect(absoluteRange({ from: 1, to: 2 }, NOW)).toEqual({ from: 1, to: 2 });
    expect(rangeLabel({ last: '15m' }, NOW)).toBe('Last 15 minutes');
    expect(rangeLabel({ last: '90m' }, NOW)).toBe('Last 90m');
    expect(['15m', '31d', '32d', '0m', '5y', '-1h', ''].map(recentMs)).toEqual([
      15 * 60_000,
      31 * 24 * HOUR,
      ...Array.from({ length: 5 }),
    ]);
  });

  it('goes to the API in nanoseconds, including all of its last millisecond', () => {
    expect(apiRange({ from: 1_700_000_000_000, to: 1_700_000_000_001 })).toEqual({
      from: '1700000000000000000',
      to: '1700000000001999999',
    });
    expect(apiRange({})).toEqual({});
  });

  it('knows what comes in within it', () => {
    expect(isWithin('1700000000000000000', { from: 1_700_000_000_000 })).toBe(true);
    expect(isWithin('1699999999999999999', { from: 1_700_000_000_000 })).toBe(false);
    expect(isWithin('1', {})).toBe(true);
  });

  it('reads as a sentence, with a day if that is not today', () => {
    expect(rangeLabel({}, NOW)).toBe('All time');
    expect(rangeLabel({ from: NOW - HOUR }, NOW, 'utc')).toBe('Since 14:00 UTC');
    expect(rangeLabel({ from: NOW - 24 * HOUR }, NOW, 'utc')).toBe('Since 21 Nov 15:00 UTC');
    expect(rangeLabel({ to: NOW }, NOW, 'utc')).toBe('Until 15:00 UTC');
    expect(rangeLabel({ from: NOW - 24 * HOUR, to: NOW - 23 * HOUR }, NOW, 'utc')).toBe(
      '21 Nov 15:00 – 16:00 UTC',
    );
    expect(rangeLabel({ from: NOW - 24 * HOUR, to: NOW }, NOW, 'utc')).toBe(
      '21 Nov 15:00 – 22 Nov 15:00 UTC',
    );
  });
});
