import { startTracing } from './sdk/index.ts';

// For `node --import @span-links/tracing/register`: takes everything from the environment, so you write no file.
startTracing();
