export { startTracing, type TracingOptions } from './start-tracing.ts';
export {
  exportCounters,
  exportRoom,
  flushTracing,
  spanLinkLimit,
  stopTracing,
  type Tracing,
} from './tracing.ts';
export { ExportQueue, type ExportCounters, type ExportQueueOptions } from './export-queue.ts';
