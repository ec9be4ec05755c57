export { startTracing, type TracingOptions } from './start-tracing.ts';
export {
  exportCounters,
  exportRoom,
  flushTracing,
  spanLinkLimit,
  stopTracing,
  type Tracing,
} from './tracing.ts';
export type { ExportCounters, JournalCounters } from './export-counters.ts';
export { linkSafeProcessor, type LinkSafeOptions, type LinkSafeProcessor } from './link-safe-processor.ts';
export type { DroppedSpans } from './span-backlog.ts';
export type { EndedSpan, EndedSpanExporter, EndedSpanProcessor, ExportResult } from './span-pipeline.ts';
