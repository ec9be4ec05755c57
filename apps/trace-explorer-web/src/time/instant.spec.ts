import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  formatAge,
  formatClock,
  formatInstant,
  formatInstantExactly,
  formatInstantInZone,
  formatInstantShortly,
  formatMinute,
  fromDateTimeInput,
  isoInstant,
  placeName,
  toDateTimeInput,
  zoneName,
} from './instant.ts';
import { chooseTimeZone, timeZone } from './time-zone.ts';

// Half past midnight in Vienna, and still the day before in UTC.
const TIME = '1795303989048123456';
const DATE = new Date(1_795_303_989_048);
const NOW = new Date(DATE.getTime() + 60_000);

describe('an instant', () => {
  beforeEach(() => {
    vi.stubEnv('TZ', 'Europe/Vienna');
  });
  afterEach(() => {
    vi.unstubAllEnvs();
    chooseTimeZone('local');
  });

  it('is written in the chosen zone, with the day if that is not today', () => {
    expect(isoInstant(TIME)).toBe('2026-11-21T23:33:09.048123456Z');
    expect(formatInstant(TIME, NOW)).toBe('00:33:09.048');
    expect(formatInstantInZone(TIME, NOW)).toBe('00:33:09.048 CET');
    expect(formatInstantInZone(TIME, NOW, 'utc')).toBe('23:33:09.048 UTC');
    const tomorrow = new Date(NOW.getTime() + 86_400_000);
    expect(formatInstant(TIME, tomorrow, 'utc')).toBe('2026-11-21 23:33:09.048');
    expect(formatClock(DATE)).toBe('00:33:09');
  });

  it('is of the day of its zone', () => {
    const beforeMidnight = new Date('2026-11-21T22:50:00Z');
    expect(formatMinute(DATE, beforeMidnight, 'utc')).toBe('23:33');
    expect(formatMinute(DATE, beforeMidnight, 'local')).toBe('22 Nov 00:33');
    expect(formatInstantShortly(TIME, beforeMidnight, 'local')).toBe('22 Nov 00:33:09');
  });

  it('has milliseconds today, the day before that, and the year before this year', () => {
    const at = (text: string) => `${new Date(text).getTime()}000000`;
    const now = new Date('2026-11-22T15:00:00');
    expect(formatInstantShortly(at('2026-11-22T14:03:09.048'), now)).toBe('14:03:09.048');
    expect(formatInstantShortly(at('2026-11-21T14:03:09.048'), now)).toBe('21 Nov 14:03:09');
    expect(formatInstantShortly(at('2025-01-02T14:03:09.048'), now)).toBe('2 Jan 2025 14:03');
  });

  it('names its zone in full in tooltips', () => {
    expect(formatInstantExactly(TIME)).toBe('2026-11-22T00:33:09.048123456+01:00 (Europe/Vienna)');
    expect(formatInstantExactly(TIME, 'utc')).toBe('2026-11-21T23:33:09.048123456Z (UTC)');
    expect(placeName()).toBe('Europe/Vienna');
    expect(zoneName('local', new Date('2026-07-01T00:00:00Z'))).toBe('CEST');
    vi.stubEnv('TZ', 'America/St_Johns');
    expect(isoInstant(TIME, 'local')).toBe('2026-11-21T20:03:09.048123456-03:30');
  });

  it('comes back from its input unchanged', () => {
    for (const zone of ['local', 'utc'] as const) {
      const typed = toDateTimeInput(DATE.getTime(), zone);
      expect(typed).toBe(zone === 'utc' ? '2026-11-21T23:33:09' : '2026-11-22T00:33:09');
      expect(fromDateTimeInput(typed, zone)).toBe(DATE.getTime() - 48);
      expect(fromDateTimeInput('', zone)).toBeUndefined();
      expect(fromDateTimeInput('soon', zone)).toBeUndefined();
    }
  });

  it('has an age', () => {
    expect(formatAge(TIME, DATE.getTime() + 1_000)).toBe('just now');
    expect(formatAge(TIME, DATE.getTime() + 190_000)).toBe('3 m ago');
  });

  it('follows the choice, also if the browser stores nothing', () => {
    chooseTimeZone('utc');
    expect(timeZone()).toBe('utc');
    expect(formatInstant(TIME, NOW)).toBe('23:33:09.048');
  });
});
