import { projectTests } from '../../vitest.base.ts';

// Without the browser and the Postgres that the tests in `test/` share: these are functions of the page.
export default projectTests('trace-explorer-web', { include: ['src/**/*.spec.ts'] });
