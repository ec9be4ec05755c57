import { projectTests } from '../../vitest.base.ts';

export default projectTests('orders-batch', { globalSetup: 'test/postgres.setup.ts' });
