import { describe, expect, it, vi } from 'vitest';

async function freshPage() {
  vi.resetModules();
  return (await import('./service-colour.ts')).serviceColour;
}

describe('the colour of a service', () => {
  it('is its own, for eight services whatever their names', async () => {
    const serviceColour = await freshPage();
    const names = [
      'pricing',
      'shipping',
      'checkout',
      'email-worker',
      'orders-api',
      'checkout-api',
      'inventory',
      'x',
    ];
    expect(new Set(names.map(serviceColour)).size).toBe(8);
    expect(names.map(serviceColour)).toEqual(names.map(serviceColour));
  });

  it('is one of the eight for the ninth and the thousandth', async () => {
    const serviceColour = await freshPage();
    const names = Array.from({ length: 1_000 }, (_, index) => `service-${index}`);
    expect(new Set(names.map(serviceColour)).size).toBe(8);
  });
});
