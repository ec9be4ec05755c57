import { brokerTests } from '../../vitest.base.ts';

export default brokerTests('orders-fulfilment', { globalSetup: 'test/postgres.setup.ts' });
