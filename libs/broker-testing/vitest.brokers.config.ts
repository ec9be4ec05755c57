import { brokerTests } from '../../vitest.base.ts';

export default brokerTests('broker-testing');
