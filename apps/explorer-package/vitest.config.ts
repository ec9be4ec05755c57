import { projectTests } from '../../vitest.base.ts';

// The tests share one installed package.
export default projectTests('explorer-package', { fileParallelism: false });
