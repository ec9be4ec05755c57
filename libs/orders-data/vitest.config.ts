import { projectTests } from '../../vitest.base.ts';

export default projectTests('orders-data', { globalSetup: 'test/postgres.setup.ts' });
