import { brokerTests } from '../../vitest.base.ts';

export default brokerTests('messaging', { globalSetup: 'test/postgres.setup.ts' });
