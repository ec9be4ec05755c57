import { projectTests } from '../../vitest.base.ts';

export default projectTests('orders-fulfilment', {
  globalSetup: 'test/postgres.setup.ts',
  // A test starts three apps, one after the other if a wrong setting ends the first start.
  testTimeout: 180_000,
});
