import { projectTests } from '../../vitest.base.ts';

export default projectTests('trace-explorer-web', {
  globalSetup: ['test/page.setup.ts'],
  // Whole stories in a browser, on a machine that may be busy: each step has a deadline of its own.
  testTimeout: 180_000,
});
