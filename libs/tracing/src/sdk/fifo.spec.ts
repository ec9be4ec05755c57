import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Fifo } from './fifo.ts';

describe('Fifo', () => {
  it('returns the same as an array with push and shift', () => {
    const operations = fc.array(fc.oneof(fc.integer(), fc.constant('shift' as const)), {
      maxLength: 3_000,
      size: 'max',
    });
    fc.assert(
      fc.property(operations, (steps) => {
        const fifo = new Fifo<number>();
        const model: number[] = [];
        for (const step of steps) {
          if (step === 'shift') expect(fifo.shift()).toBe(model.shift());
          else {
            fifo.push(step);
            model.push(step);
          }
          expect(fifo.size).toBe(model.length);
          expect(fifo.first).toBe(model[0]);
        }
      }),
      { numRuns: 10 },
    );
  });

  it('stays right while it closes the hole at its front', () => {
    const fifo = new Fifo<number>();
    for (let number = 0; number < 10_000; number++) fifo.push(number);
    for (let number = 0; number < 9_000; number++) expect(fifo.shift()).toBe(number);
    fifo.push(10_000);
    for (let number = 9_000; number <= 10_000; number++) expect(fifo.shift()).toBe(number);
    expect(fifo.shift()).toBeUndefined();
  });
});
