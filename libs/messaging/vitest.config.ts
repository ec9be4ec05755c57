import { projectTests } from '../../vitest.base.ts';

export default projectTests('messaging', { globalSetup: 'test/postgres.setup.ts' });
