import { startTracing } from './sdk/index.ts';

// For `node --import @span-links/tracing/register`: everything from the environment, no file of one's own.
startTracing();
