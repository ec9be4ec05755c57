import { describe, expect, it } from 'vitest';
import { answerText, durationText, listPage, named } from './answer.ts';

describe('an answer', () => {
  it('says that nothing was left out, and names the page', () => {
    expect(answerText({ lines: ['one'], page: '/traces' }, 'http://here')).toBe(
      'one\n\nOmitted: nothing.\nPage: http://here/traces',
    );
  });

  it('counts the lines that do not fit', () => {
    const lines = Array.from({ length: 200 }, () => 'x'.repeat(99));
    const text = answerText({ lines, omitted: ['older spans', undefined], page: '/' }, '');
    expect(text).toContain('Omitted: older spans; 100 more lines.');
    expect(text.length).toBeLessThan(10_200);
  });
});

it('keeps names short and on one line', () => {
  expect(named('a\nb\u001b[2J\u202ec')).toBe('a b [2J c');
  expect(named('x'.repeat(500))).toBe(`${'x'.repeat(120)}…`);
});

it.each([
  [900, '1 µs'],
  [850_000, '850 µs'],
  [12_340_000, '12.3 ms'],
  [412_000_000, '412 ms'],
  [4_500_000_000, '4.5 s'],
  [200e9, '3 m 20 s'],
  [7_500e9, '2 h 5 m'],
])('writes %i ns as %s', (ns, text) => {
  expect(durationText(ns)).toBe(text);
});

it('writes a query into the address of a list', () => {
  expect(listPage('/traces', 'service="a b"')).toBe('/traces?q=service%3D%22a+b%22');
  expect(listPage('/', '')).toBe('/');
});
