import { startTracing } from '@span-links/tracing/sdk';

// Loaded with --import, before the modules that it instruments.
startTracing({ serviceName: 'orders-fulfilment' });
