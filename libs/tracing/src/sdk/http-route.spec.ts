import { describe, expect, it } from 'vitest';
import { expressRoute } from './http-route.ts';

describe('expressRoute', () => {
  it.each([
    [{ baseUrl: '', route: { path: '/orders/:id' } }, '/orders/:id'],
    [{ baseUrl: '/api', route: { path: '/orders' } }, '/api/orders'],
    [{ baseUrl: '/api', route: { path: '/' } }, '/api'],
    [{ route: { path: '/' } }, '/'],
    [{ baseUrl: '', route: { path: /^\/orders\/\d+$/ } }, String(/^\/orders\/\d+$/)],
    [{ baseUrl: '/api' }, undefined],
    [{}, undefined],
    [{ route: { path: ['/a', '/b'] } }, undefined],
  ])('reads %o as %s', (request, route) => {
    expect(expressRoute(request)).toBe(route);
  });
});
