import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { admits, compareVersions, majorOf } from './version.ts';

const part = fc.nat({ max: 40 });
const version = fc.tuple(part, part, part).map((parts) => parts.join('.'));

describe('comparing versions', () => {
  it('is an order', () => {
    fc.assert(
      fc.property(version, version, version, (a, b, c) => {
        expect(Math.sign(compareVersions(a, b))).toBe(-Math.sign(compareVersions(b, a)) || 0);
        if (compareVersions(a, b) <= 0 && compareVersions(b, c) <= 0) {
          expect(compareVersions(a, c)).toBeLessThanOrEqual(0);
        }
      }),
    );
  });

  it('compares numbers, not letters', () => {
    expect(compareVersions('2.10.0', '2.9.1')).toBeGreaterThan(0);
    expect(compareVersions('v20.19.0', '20.19.0-beta.1')).toBe(0);
    expect(majorOf('v22.1.0')).toBe(22);
  });
});

describe('a range', () => {
  it.each([
    ['>=1.3.0 <1.10.0', '1.9.1', true],
    ['>=1.3.0 <1.10.0', '1.10.0', false],
    ['>=1.10.0 <1.11.0', '1.9.1', false],
    ['^1.3.0', '1.9.0', true],
    ['^1.3.0', '2.0.0', false],
    ['^0.2.3', '0.3.0', false],
    ['^0.0.3', '0.0.4', false],
    ['~1.9.0', '1.9.7', true],
    ['~1.9.0', '1.10.0', false],
    ['1.9.0', '1.9.0', true],
    ['=1.9.0', '1.9.1', false],
    ['>1.9.0', '1.9.0', false],
    ['<=1.9.0', '1.9.0', true],
    ['<=1.9.0', '1.9.1', false],
    ['^1.0.0 || ^2.0.0', '2.4.0', true],
    ['^1.0.0 || ^2.0.0', '3.0.0', false],
  ])('%s and %s: %s', (range, one, expected) => {
    expect(admits(range, one)).toBe(expected);
  });

  it.each(['*', 'latest', 'workspace:^', ''])('that is "%s" admits everything', (range) => {
    expect(admits(range, '1.9.0')).toBe(true);
  });
});
