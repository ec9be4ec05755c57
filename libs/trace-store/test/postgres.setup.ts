export { startTraceTestServer as default } from '../src/testing.ts';
