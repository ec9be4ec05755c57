import { projectTests } from '../../vitest.base.ts';

export default projectTests('orders-api', { globalSetup: 'test/postgres.setup.ts' });
