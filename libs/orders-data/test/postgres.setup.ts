export { startOrdersTestServer as default } from '../src/testing.ts';
