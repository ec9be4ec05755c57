export { startTraceTestServer as default } from '@span-links/trace-store/testing';
