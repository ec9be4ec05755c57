import { expect, it } from 'vitest';
import { jaegerCalls } from './jaeger-calls.ts';

it('calls and links between two services are one edge in the direction of the work; calls within a service are not shown', () => {
  const calls = [{ from: 'api', to: 'batch', count: 2 }];
  const links = [
    { from: 'batch', to: 'api', count: 5 },
    { from: 'batch', to: 'batch', count: 9 },
  ];
  expect(jaegerCalls({ calls, links, truncated: false })).toEqual([
    { parent: 'api', child: 'batch', callCount: 7 },
  ]);
});
