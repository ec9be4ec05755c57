export { BROKERS, BrokerMissingError, findBroker, hasBroker, type BrokerName } from './find-broker.ts';
export { startBroker, type TestBroker, type TestBrokerOptions } from './test-broker.ts';
export type { BrokerUser } from './servers.ts';
