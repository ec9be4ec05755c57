import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { makeOrder } from './order-maker.ts';

const chance = fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const randomOf = (numbers: readonly number[]) => {
  let drawn = 0;
  return () => numbers[drawn++ % numbers.length] ?? 0;
};

describe('makeOrder', () => {
  it('makes orders whose stated total is that of their items, but for those that are wrong on purpose', () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 40 }), (numbers) => {
        const { kind, body } = makeOrder(randomOf(numbers));
        if (kind === 'invalid') return;
        const items = body['items'] as { quantity: number; unitPriceCents: number }[];
        const sum = items.reduce((total, item) => total + item.quantity * item.unitPriceCents, 0);
        expect(sum === body['totalCents']).toBe(kind !== 'wrong-total');
        expect(items.every(({ quantity }) => Number.isInteger(quantity) && quantity >= 1)).toBe(true);
      }),
    );
  });

  it('makes totals that end as the kind wants it, and only then', () => {
    fc.assert(
      fc.property(fc.array(chance, { minLength: 1, maxLength: 40 }), (numbers) => {
        const cents = (kind: 'plain' | 'refused-payment' | 'late-payment' | 'sold-out') =>
          Number(makeOrder(randomOf(numbers), kind).body['totalCents']) % 100;
        expect([cents('refused-payment'), cents('late-payment')]).toEqual([13, 17]);
        expect(cents('plain') % 10).toBe(0);
        expect(cents('sold-out') % 10).toBe(0);
      }),
    );
  });

  it('makes some of every kind, most of them plain', () => {
    const kinds = Array.from({ length: 4_000 }, () => makeOrder(Math.random).kind);
    const share = (kind: string) => kinds.filter((each) => each === kind).length / kinds.length;
    expect(share('plain')).toBeGreaterThan(0.75);
    expect(share('invalid')).toBeGreaterThan(0.005);
    for (const kind of ['wrong-total', 'refused-payment', 'late-payment', 'sold-out']) {
      expect(share(kind)).toBeGreaterThan(0.01);
    }
  });
});
