import { projectTests } from '../../vitest.base.ts';

// The tests start Nx, which starts apps and compilers.
export default projectTests('workspace', { testTimeout: 300_000, fileParallelism: false });
