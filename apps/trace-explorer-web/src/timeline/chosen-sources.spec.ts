import { describe, expect, it } from 'vitest';
import { chosenSources } from './chosen-sources.ts';

const notable = { slowest: 's', fastest: 'f', failed: [], longestWait: 'w' };

describe('the sources with a lane of their own', () => {
  it('are the slowest, the fastest and the one that waited longest', () => {
    expect([...chosenSources({ notable })]).toEqual([
      ['w', ['longest wait']],
      ['s', ['slowest']],
      ['f', ['fastest']],
    ]);
  });

  it('are those that failed, first', () => {
    const chosen = chosenSources({ notable: { ...notable, failed: ['x', 'y'] } });
    expect([...chosen.keys()]).toEqual(['x', 'y', 'w', 's', 'f']);
  });

  it('are listed once with all of their reasons', () => {
    const chosen = chosenSources({ notable: { ...notable, failed: ['s'], longestWait: 's' } });
    expect([...chosen]).toEqual([
      ['s', ['failed', 'longest wait', 'slowest']],
      ['f', ['fastest']],
    ]);
  });

  it('are one lane if all sources are equal', () => {
    const all = { slowest: 'a', fastest: 'a', failed: [], longestWait: 'a' };
    expect([...chosenSources({ notable: all })]).toEqual([['a', ['longest wait', 'slowest']]]);
  });
});
