import { describe, expect, it } from 'vitest';
import {
  isOn,
  leastDurationIn,
  replaceTerm,
  servicesIn,
  TOGGLES,
  toggled,
  withLeastDuration,
  withServices,
} from './query-edit.ts';

const [errors, links] = TOGGLES;

describe('a filter', () => {
  it('is switched on at the end of the query and off where it stands', () => {
    expect(toggled('', errors!)).toBe('has:errors');
    expect(toggled('batch  "two  words"', links!)).toBe('batch  "two  words" has:links');
    expect(toggled('batch has:links -health', links!)).toBe('batch -health');
  });

  it('knows other ways to write it', () => {
    expect(isOn('status=error', errors!)).toBe(true);
    expect(toggled('status=error batch', errors!)).toBe('batch');
    expect(isOn('-has:errors', errors!)).toBe(false);
    expect(isOn('status=error,ok', errors!)).toBe(false);
  });

  it('takes every writing of it away at once', () => {
    expect(toggled('has:errors batch status=error', errors!)).toBe('batch');
  });

  it('leaves a query alone that does not parse', () => {
    expect(toggled('name="open', errors!)).toBe('name="open');
    expect(replaceTerm('status=bad', () => true, undefined)).toBe('status=bad');
  });
});

describe('the services of a query', () => {
  it('are read, replaced in place and taken away', () => {
    expect(servicesIn('batch service=a,b has:links')).toEqual(['a', 'b']);
    expect(withServices('service=a,b has:links', ['b', 'my shop'])).toBe('service=b,"my shop" has:links');
    expect(withServices('service=a has:links', [])).toBe('has:links');
    expect(withServices('batch', ['a'])).toBe('batch service=a');
  });

  it('are not those that are excluded or contained', () => {
    expect(servicesIn('service!=a service~b')).toEqual([]);
    expect(withServices('service!=a', ['b'])).toBe('service!=a service=b');
  });
});

describe('the shortest duration of a query', () => {
  it('is read, replaced and taken away', () => {
    expect(leastDurationIn('duration>1ms duration<2s')).toBe(1e6);
    expect(withLeastDuration('duration>1ms duration<2s', '100ms')).toBe('duration>=100ms duration<2s');
    expect(withLeastDuration('duration>=1ms batch', undefined)).toBe('batch');
    expect(leastDurationIn('duration<2s')).toBeUndefined();
  });
});
