import { projectTests } from '../../vitest.base.ts';

export default projectTests('trace-store', { globalSetup: 'test/postgres.setup.ts' });
