import { describe, expect, it } from 'vitest';
import { errorsSearchOf, journeysSearchOf, listSearchOf, mapSearchOf, traceSearchOf } from './address.ts';

describe('the address of a page', () => {
  it('is read back unchanged', () => {
    const list = { q: 'service=orders', last: '15m' };
    expect(listSearchOf(list)).toEqual(list);
    expect(listSearchOf({ from: '1', to: 2 })).toEqual({ from: 1, to: 2 });
    const journeys = { q: 'a=b', sort: 'total', link: 7, linkFrom: 1, waitTo: 9 };
    expect(journeysSearchOf(journeys)).toEqual(journeys);
    expect(mapSearchOf({ inner: 'true', last: '1h' })).toEqual({ inner: 'true', last: '1h' });
    expect(errorsSearchOf({ by: 'service' })).toEqual({ by: 'service' });
    const trace = { spanId: '00000000000000a1', tab: 'links', view: 'graph', depth: 3 };
    expect(traceSearchOf(trace)).toEqual(trace);
  });

  it('leaves out invalid values, one by one', () => {
    expect(listSearchOf({ q: ' ', last: '99x', from: 'noon', to: 5 })).toEqual({ to: 5 });
    expect(journeysSearchOf({ sort: 'best', linkFrom: 1, waitTo: -1 })).toEqual({});
    expect(mapSearchOf({ inner: 'yes' })).toEqual({});
    expect(errorsSearchOf({ by: 'colour' })).toEqual({});
    expect(traceSearchOf({ spanId: 'A1', tab: 'Links', view: '', depth: 9 })).toEqual({});
  });
});
