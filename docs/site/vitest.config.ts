import { projectTests } from '../../vitest.base.ts';

export default projectTests('docs-site');
