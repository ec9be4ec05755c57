import { brokerTests } from '../../vitest.base.ts';

export default brokerTests('tracing');
