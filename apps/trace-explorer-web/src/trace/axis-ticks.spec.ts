import { describe, expect, it } from 'vitest';
import { axisTicks } from './axis-ticks.ts';

const labels = (fromNs: number, toNs: number, count = 5) =>
  axisTicks({ fromNs, toNs }, count).map(({ label }) => label);

describe('axisTicks', () => {
  it('counts in the unit of the window', () => {
    expect(labels(0, 842e6)).toEqual(['0', '200 ms', '400 ms', '600 ms', '800 ms']);
    expect(labels(0, 4.2e9)).toEqual(['0', '1 s', '2 s', '3 s', '4 s']);
    expect(labels(0, 500)).toEqual(['0', '100 ns', '200 ns', '300 ns', '400 ns', '500 ns']);
  });

  it('has the digits that distinguish neighbours deep in a trace', () => {
    expect(labels(10.001e9, 10.003e9)).toEqual([
      '10001.0 ms',
      '10001.5 ms',
      '10002.0 ms',
      '10002.5 ms',
      '10003.0 ms',
    ]);
  });

  it('uses round minutes and hours', () => {
    expect(labels(0, 3_600e9, 4)).toEqual(['0', '15 m', '30 m', '45 m', '1 h']);
  });

  it('places them in percent of the window', () => {
    expect(axisTicks({ fromNs: 100, toNs: 300 }, 2).map(({ left }) => left)).toEqual([0, 50, 100]);
  });
});
