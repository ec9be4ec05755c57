import { projectTests } from '../../vitest.base.ts';

export default projectTests('broker-testing');
