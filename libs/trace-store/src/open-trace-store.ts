import type pg from 'pg';
import { BlockSealer } from './filter/block-sealer.ts';
import { FilterRebuild } from './filter/filter-rebuild.ts';
import { JourneyUpkeep } from './journeys/journey-upkeep.ts';
import { Listeners } from './listeners.ts';
import { MapUpkeep } from './map/map-upkeep.ts';
import { migrateTraceStore } from './migrate.ts';
import { TraceReader } from './read/index.ts';
import { Retention, type EvictedTraces, type RetentionOptions } from './retention/retention.ts';
import { Statistics } from './statistics.ts';
import {
  endStorePools,
  newStorePools,
  waitForDatabase,
  type StoreConnectionOptions,
  type StorePools,
} from './store-pools.ts';
import { TraceWriter, type StoredLogs, type StoredTraces } from './write/trace-writer.ts';
import type { WriteCounts } from './write/write-counts.ts';

/** The database of a store, and the bounds of its content and its queue. */
export interface TraceStoreOptions extends StoreConnectionOptions {
  readonly retention?: Partial<RetentionOptions> | undefined;
  /** Spans that may wait to be stored; 50,000 by default. */
  readonly maxQueuedSpans?: number | undefined;
  /** Encoded bytes that may wait to be stored; 64 MB by default. */
  readonly maxQueuedBytes?: number | undefined;
  /** Called with one line about the current step. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** The counts of a store since it was opened. */
export interface StoreCounts extends WriteCounts {
  /** Spans that retention deleted. */
  readonly evicted: number;
  readonly evictedTraces: number;
  readonly evictedLogs: number;
}

/** Seven days, and two gigabytes: about 2.6 million spans of nine attributes. */
export const DEFAULT_RETENTION: RetentionOptions = {
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 2_000_000_000,
  intervalMs: 30_000,
};

/** If this many requests wait, spans come in faster than they can be stored. */
const BUSY_REQUESTS = 4;

/**
 * An open store. It survives the loss of its database: queries fail during the loss and work again
 * afterwards.
 */
export class TraceStore {
  readonly writer: TraceWriter;
  readonly reader: TraceReader;
  /** Connections for queries. They are read only and limit the time of each statement. */
  readonly readers: pg.Pool;
  readonly retention: Retention;
  readonly journeys: JourneyUpkeep;
  readonly map: MapUpkeep;
  readonly #pools: StorePools;
  readonly #statistics: Statistics;
  readonly #sealer: BlockSealer;
  readonly #rebuild: FilterRebuild;
  readonly #stored: Listeners<StoredTraces>;
  readonly #evicted: Listeners<EvictedTraces>;
  readonly #storedLogs: Listeners<StoredLogs>;
  #closing: Promise<void> | undefined;

  /** Made by {@link openTraceStore}. */
  constructor(pools: StorePools, options: TraceStoreOptions) {
    const onTrouble = options.onTrouble ?? (() => undefined);
    this.#pools = pools;
    this.readers = pools.readers;
    this.reader = new TraceReader(pools.readers);
    this.#stored = new Listeners(onTrouble);
    this.#evicted = new Listeners(onTrouble);
    this.#storedLogs = new Listeners(onTrouble);
    this.#statistics = new Statistics(pools.keepers, onTrouble);
    this.#sealer = new BlockSealer(pools.keepers, onTrouble);
    this.#rebuild = new FilterRebuild(pools.keepers, onTrouble);
    this.retention = new Retention(
      pools.keepers,
      { ...DEFAULT_RETENTION, ...options.retention },
      { onEvicted: (evicted) => this.#evicted.tell(evicted), onTrouble },
    );
    this.writer = new TraceWriter(pools.writers, {
      maxQueuedSpans: options.maxQueuedSpans ?? 50_000,
      maxQueuedBytes: options.maxQueuedBytes ?? 64 * 1024 * 1024,
      onCommit: ({ stored, changedTraceIds, linkedTraceIds }) => {
        this.#statistics.noteStored(stored.length);
        this.retention.noteStored(stored.reduce((sum, { diskBytes }) => sum + diskBytes, 0));
        if (stored.length > 0) this.#stored.tell({ traceIds: changedTraceIds, linkedTraceIds });
      },
      onLogs: (stored) => {
        this.retention.noteStored(stored.diskBytes);
        this.#storedLogs.tell(stored);
      },
      onSealed: (block) => this.#sealer.add(block),
    });
    // More is waiting than the next group of spans.
    const isBusy = () => this.writer.counts().queuedRequests > BUSY_REQUESTS;
    this.journeys = new JourneyUpkeep(pools.keepers, { onTrouble, isBusy });
    this.map = new MapUpkeep(pools.keepers, { onTrouble, isBusy });
  }

  /** Starts the background work. */
  async start(): Promise<void> {
    await this.#statistics.start();
    this.retention.start();
    this.#rebuild.start(() => this.writer.sealOldBlocks());
    this.journeys.start();
    this.map.start();
  }

  /**
   * Calls the listener synchronously after each commit. A listener with much work should do it
   * later. @returns a function that removes the listener.
   */
  onStored(listener: (stored: StoredTraces) => void): () => void {
    return this.#stored.add(listener);
  }

  /** Calls the listener synchronously after each commit of log records. @returns a function that removes the listener. */
  onStoredLogs(listener: (stored: StoredLogs) => void): () => void {
    return this.#storedLogs.add(listener);
  }

  /**
   * Calls the listener after each chunk that retention deleted. @returns a function that removes
   * the listener.
   */
  onEvicted(listener: (evicted: EvictedTraces) => void): () => void {
    return this.#evicted.add(listener);
  }

  counts(): StoreCounts {
    const { traces, spans, logs } = this.retention.evicted;
    return { ...this.writer.counts(), evicted: spans, evictedTraces: traces, evictedLogs: logs };
  }

  /**
   * Stores everything that was accepted, ends sweeps after their current chunk, and closes the
   * connections.
   */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.writer.close();
      await Promise.all([
        this.retention.stop(),
        this.#rebuild.stop(),
        this.#sealer.settle(),
        this.journeys.stop(),
        this.map.stop(),
      ]);
      await this.#statistics.stop();
      await endStorePools(this.#pools);
    })();
    return this.#closing;
  }
}

/**
 * Opens the trace store of a database: waits for a server that is still starting, makes or updates
 * the tables, and starts retention. Several processes may open the same store.
 *
 * @throws StoreUnavailableError if the database does not answer in time. Other errors (a wrong
 * password, for example) are thrown at once.
 */
export async function openTraceStore(options: TraceStoreOptions): Promise<TraceStore> {
  const pools = newStorePools(options);
  try {
    await waitForDatabase(pools.keepers, options);
    const applied = await migrateTraceStore(pools.keepers, options.schema ?? 'trace_explorer');
    if (applied.length > 0) options.onProgress?.(`trace store migrated: ${applied.join(', ')}`);
    const store = new TraceStore(pools, options);
    await store.start();
    return store;
  } catch (error) {
    await endStorePools(pools);
    throw error;
  }
}
