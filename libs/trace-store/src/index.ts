export { isDatabaseAway } from './database-away.ts';
export { migrateTraceDatabase } from './migrate-database.ts';
export {
  DEFAULT_RETENTION,
  openTraceStore,
  TraceStore,
  type StoreCounts,
  type TraceStoreOptions,
} from './open-trace-store.ts';
export {
  InvalidCursorError,
  TraceReader,
  type AttributeOwner,
  type Dependencies,
  type FullSpan,
  type FullTrace,
  type GraphOptions,
  type LinkFilter,
  type LinksOptions,
  type OwnLink,
  type SearchedBack,
  type SearchOptions,
  type ServicePair,
  type StoreFigures,
} from './read/index.ts';
export {
  Retention,
  type EvictedTraces,
  type RetentionOptions,
  type SweepResult,
} from './retention/retention.ts';
export { StoreOverloadedError, StoreUnavailableError } from './store-errors.ts';
export { TraceWriter, type StoredTraces, type WriteOutcome } from './write/trace-writer.ts';
export type { WriteCounts } from './write/write-counts.ts';
