import { projectTests } from '../../vitest.base.ts';

export default projectTests('trace-explorer', { globalSetup: 'test/postgres.setup.ts' });
