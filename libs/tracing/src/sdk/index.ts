export { startTracing, type TracingOptions } from './start-tracing.ts';
export {
  exportCounters,
  exportRoom,
  flushTracing,
  spanLinkLimit,
  stopTracing,
  type Tracing,
} from './tracing.ts';
export type { ExportCounters, ExportFigures } from './export-counters.ts';
export type { ExportFailure, FailureCauses } from './export-failure.ts';
export { ExportQueue, type ExportQueueOptions } from './export-queue.ts';
export type { DroppedSpans } from './span-backlog.ts';
export type { EndedSpan, EndedSpanExporter, EndedSpanProcessor, ExportResult } from './span-pipeline.ts';
