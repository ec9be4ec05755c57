import { describe, expect, it } from 'vitest';
import { RecentAnswers } from './recent-answers.ts';

function answers(keepMs: (answer: number) => number = () => 100) {
  let asked = 0;
  const clock = { now: 0 };
  const recent = new RecentAnswers<number>(2, keepMs, () => clock.now);
  return { clock, ask: (question: string) => recent.answer(question, async () => ++asked), recent };
}

describe('RecentAnswers', () => {
  it('asks again once the answer is too old', async () => {
    const { ask, clock } = answers();
    expect([await ask('a'), await ask('a')]).toEqual([1, 1]);
    clock.now = 100;
    expect(await ask('a')).toBe(2);
  });

  it('gives one answer to simultaneous questions', async () => {
    const { ask } = answers(() => 0);
    expect(await Promise.all([ask('a'), ask('a')])).toEqual([1, 1]);
  });

  it('keeps no cheap answer', async () => {
    const { ask } = answers((answer) => (answer > 1 ? 100 : 0));
    expect([await ask('a'), await ask('a'), await ask('a')]).toEqual([1, 2, 2]);
  });

  it('keeps each answer for its own time', async () => {
    const { ask, clock } = answers((answer) => answer * 100);
    expect(await ask('a')).toBe(1);
    clock.now = 100;
    expect(await ask('a')).toBe(2);
    clock.now = 299;
    expect(await ask('a')).toBe(2);
    clock.now = 300;
    expect(await ask('a')).toBe(3);
  });

  it('asks again if the answer is known to be stale', async () => {
    const { ask, recent } = answers();
    await ask('a');
    expect(await recent.known('a')).toBe(1);
    expect(await recent.renew('a', () => Promise.resolve(7))).toBe(7);
    expect([await ask('a'), await recent.known('a'), recent.known('b')]).toEqual([7, 7, undefined]);
  });

  it('forgets the oldest answer if there is no room', async () => {
    const { ask } = answers();
    for (const question of ['a', 'b', 'c']) await ask(question);
    expect([await ask('c'), await ask('b'), await ask('a')]).toEqual([3, 2, 4]);
  });

  it('does not remember a failure', async () => {
    const { recent, ask } = answers();
    await expect(recent.answer('a', () => Promise.reject(new Error('away')))).rejects.toThrow('away');
    expect(await ask('a')).toBe(1);
  });
});
