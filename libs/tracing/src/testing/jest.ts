import type {} from 'expect';
import { spanLinkMatchers, type SpanLinkMatchers } from './span-link-matchers.ts';

declare module 'expect' {
  // Merged declarations have to repeat the type parameters, constraints included.
  // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars
  interface Matchers<R extends void | Promise<void>, T = unknown> extends SpanLinkMatchers<R> {}
}

declare global {
  // What @types/jest declares; harmless without it.
  // eslint-disable-next-line @typescript-eslint/no-namespace
  namespace jest {
    // eslint-disable-next-line @typescript-eslint/no-empty-object-type, @typescript-eslint/no-unused-vars
    interface Matchers<R, T = {}> extends SpanLinkMatchers<R> {}
  }
}

// Jest's global and not an import: each test file has its own `expect`, which the packages do not export in the same
// way.
const { expect } = globalThis as { expect?: { extend(matchers: typeof spanLinkMatchers): void } };
if (!expect) {
  throw new Error(
    'There is no global expect here. List @span-links/tracing/testing/jest under setupFilesAfterEnv, or call ' +
      'expect.extend(spanLinkMatchers) yourself.',
  );
}
expect.extend(spanLinkMatchers);
