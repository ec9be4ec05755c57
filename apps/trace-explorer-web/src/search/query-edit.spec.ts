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
  it('is switched on at the end of the query and off in place', () => {
    expect(toggled('', errors!)).toBe('has:errors');
    expect(toggled('batch  "two  words"', links!)).toBe('batch  "two  words" has:links');
    expect(toggled('batch has:links -health', links!)).toBe('batch -health');
  });

  it('for messages that nobody took is two terms, which are added and removed together', () => {
    const never = TOGGLES.find(({ label }) => label === 'Never picked up')!;
    expect(toggled('service=a', never)).toBe('service=a kind=producer backlinks=0');
    expect(isOn('kind=producer', never)).toBe(false);
    expect(toggled('service=a kind=producer backlinks=0', never)).toBe('service=a');
  });

  it('knows other spellings of itself', () => {
    expect(isOn('status=error', errors!)).toBe(true);
    expect(toggled('status=error batch', errors!)).toBe('batch');
    expect(isOn('-has:errors', errors!)).toBe(false);
    expect(isOn('status=error,ok', errors!)).toBe(false);
  });

  it('removes all of its spellings at once', () => {
    expect(toggled('has:errors batch status=error', errors!)).toBe('batch');
  });

  it('leaves an invalid query unchanged', () => {
    expect(toggled('name="open', errors!)).toBe('name="open');
    expect(replaceTerm('status=bad', () => true, undefined)).toBe('status=bad');
  });
});

describe('the services of a query', () => {
  it('are read, replaced in place and removed', () => {
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
  it('is read, replaced and removed', () => {
    expect(leastDurationIn('duration>1ms duration<2s')).toBe(1e6);
    expect(withLeastDuration('duration>1ms duration<2s', '100ms')).toBe('duration>=100ms duration<2s');
    expect(withLeastDuration('duration>=1ms batch', undefined)).toBe('batch');
    expect(leastDurationIn('duration<2s')).toBeUndefined();
  });
});
