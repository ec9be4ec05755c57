import { describe, expect, it } from 'vitest';
import { RecentAnswers } from './recent-answers.ts';

function answers(isWorthKeeping: (answer: number) => boolean = () => true) {
  let asked = 0;
  const clock = { now: 0 };
  const recent = new RecentAnswers<number>({ maxAgeMs: 100, maxCount: 2 }, isWorthKeeping, () => clock.now);
  return { clock, ask: (question: string) => recent.answer(question, async () => ++asked), recent };
}

describe('RecentAnswers', () => {
  it('asks again once the answer is too old', async () => {
    const { ask, clock } = answers();
    expect([await ask('a'), await ask('a')]).toEqual([1, 1]);
    clock.now = 100;
    expect(await ask('a')).toBe(2);
  });

  it('gives one answer to those who ask at once', async () => {
    const { ask } = answers(() => false);
    expect(await Promise.all([ask('a'), ask('a')])).toEqual([1, 1]);
  });

  it('keeps no answer that was cheap', async () => {
    const { ask } = answers((answer) => answer > 1);
    expect([await ask('a'), await ask('a'), await ask('a')]).toEqual([1, 2, 2]);
  });

  it('forgets the oldest where there is no more room', async () => {
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
