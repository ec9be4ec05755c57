export { isDatabaseAway } from './database-away.ts';
export { JourneyUpkeep } from './journeys/journey-upkeep.ts';
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
  JourneyReader,
  MapReader,
  TraceReader,
  type AttributeOwner,
  type CrossedLink,
  type Dependencies,
  type FullSpan,
  type FullTrace,
  type GraphOptions,
  type JourneySearchOptions,
  type LinkFilter,
  type LinksOptions,
  type Operation,
  type OwnLink,
  type SearchedBack,
  type SearchOptions,
  type ServicePair,
  type StoreFigures,
  type TagFilter,
  type TraceBreakdown,
} from './read/index.ts';
export {
  Retention,
  type EvictedTraces,
  type RetentionOptions,
  type SweepResult,
} from './retention/retention.ts';
export { SchemaTooNewError, StoreOverloadedError, StoreUnavailableError } from './store-errors.ts';
export { TraceWriter, type StoredLogs, type StoredTraces, type WriteOutcome } from './write/trace-writer.ts';
export type { LogCounts, SignalCounts, WriteCounts } from './write/write-counts.ts';
