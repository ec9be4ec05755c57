import { expect } from 'vitest';
import { spanLinkMatchers, type SpanLinkMatchers } from './span-link-matchers.ts';

declare module 'vitest' {
  // The merged declaration has to repeat Vitest's type parameter, and an empty interface is how it takes matchers up.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-explicit-any, @typescript-eslint/no-unused-vars
  interface Matchers<T = any> extends SpanLinkMatchers {}
}

expect.extend(spanLinkMatchers);
