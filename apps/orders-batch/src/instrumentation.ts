import { startTracing } from '@span-links/tracing/sdk';

// Loaded with --import, before anything that is to be instrumented.
startTracing({ serviceName: 'orders-batch' });
