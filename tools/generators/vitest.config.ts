import { projectTests } from '../../vitest.base.ts';

export default projectTests('generators', { testTimeout: 180_000 });
