import { describe, expect, it } from 'vitest';
import { serviceColour } from './service-colour.ts';

const DEMO = ['orders-api', 'orders-batch', 'orders-fulfilment', 'trace-explorer'];

describe('the colour of a service', () => {
  it('does not depend on the order in which services appear', () => {
    const names = Array.from({ length: 40 }, (_, index) => `service-${index}`);
    const first = new Map(names.map((name) => [name, serviceColour(name)]));
    for (const name of names.reverse()) expect(serviceColour(name)).toBe(first.get(name));
  });

  it('differs between the services of the demo', () => {
    expect(new Set(DEMO.map(serviceColour)).size).toBe(DEMO.length);
  });

  it('is one of twelve, and names that differ in a number use all of them evenly', () => {
    const counts = new Map<string, number>();
    for (let index = 0; index < 1_200; index++) {
      const colour = serviceColour(`service-${index}`);
      counts.set(colour, (counts.get(colour) ?? 0) + 1);
    }
    expect(counts.size).toBe(12);
    expect(Math.max(...counts.values())).toBeLessThan(200);
  });
});
