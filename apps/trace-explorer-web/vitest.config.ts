import { projectTests } from '../../vitest.base.ts';

export default projectTests('trace-explorer-web', { globalSetup: ['test/page.setup.ts'] });
