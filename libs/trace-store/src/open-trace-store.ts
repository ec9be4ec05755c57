import type pg from 'pg';
import { BlockSealer } from './filter/block-sealer.ts';
import { FilterRebuild } from './filter/filter-rebuild.ts';
import { Listeners } from './listeners.ts';
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
import { TraceWriter, type StoredTraces } from './write/trace-writer.ts';
import type { WriteCounts } from './write/write-counts.ts';

/** Which database, and how much may be in it and wait for it. */
export interface TraceStoreOptions extends StoreConnectionOptions {
  readonly retention?: Partial<RetentionOptions> | undefined;
  /** Spans that may wait to be stored; 50,000 by default. */
  readonly maxQueuedSpans?: number | undefined;
  /** Encoded bytes that may wait to be stored; 64 MB by default. */
  readonly maxQueuedBytes?: number | undefined;
  /** Told in one line what is being done. */
  readonly onProgress?: ((line: string) => void) | undefined;
}

/** What a store has done since it was opened. */
export interface StoreCounts extends WriteCounts {
  /** Spans that retention took. */
  readonly evicted: number;
  readonly evictedTraces: number;
}

/** Seven days, and two gigabytes: about 2.6 million spans of nine attributes. */
export const DEFAULT_RETENTION: RetentionOptions = {
  maxAgeMs: 7 * 24 * 3_600_000,
  maxBytes: 2_000_000_000,
  intervalMs: 30_000,
};

/** An open store. It survives the loss of its database: what is asked meanwhile fails, what is asked later does not. */
export class TraceStore {
  readonly writer: TraceWriter;
  readonly reader: TraceReader;
  /** Connections for queries: read only, with a limit on the time of each statement. */
  readonly readers: pg.Pool;
  readonly retention: Retention;
  readonly #pools: StorePools;
  readonly #statistics: Statistics;
  readonly #sealer: BlockSealer;
  readonly #rebuild: FilterRebuild;
  readonly #stored: Listeners<StoredTraces>;
  readonly #evicted: Listeners<EvictedTraces>;
  #closing: Promise<void> | undefined;

  /** Made by {@link openTraceStore}. */
  constructor(pools: StorePools, options: TraceStoreOptions) {
    const onTrouble = options.onTrouble ?? (() => undefined);
    this.#pools = pools;
    this.readers = pools.readers;
    this.reader = new TraceReader(pools.readers);
    this.#stored = new Listeners(onTrouble);
    this.#evicted = new Listeners(onTrouble);
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
      onSealed: (block) => this.#sealer.add(block),
    });
  }

  /** Starts what runs by itself. */
  async start(): Promise<void> {
    await this.#statistics.start();
    this.retention.start();
    this.#rebuild.start(() => this.writer.sealOldBlocks());
  }

  /** Calls back after each commit, synchronously: whoever has more to do than to take notes does it later. @returns what ends it. */
  onStored(listener: (stored: StoredTraces) => void): () => void {
    return this.#stored.add(listener);
  }

  /** Calls back after each chunk that retention took. @returns what ends it. */
  onEvicted(listener: (evicted: EvictedTraces) => void): () => void {
    return this.#evicted.add(listener);
  }

  counts(): StoreCounts {
    const { traces, spans } = this.retention.evicted;
    return { ...this.writer.counts(), evicted: spans, evictedTraces: traces };
  }

  /** Stores what was taken on, ends sweeps after their current chunk, and closes the connections. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      await this.writer.close();
      await Promise.all([this.retention.stop(), this.#rebuild.stop(), this.#sealer.settle()]);
      await this.#statistics.stop();
      await endStorePools(this.#pools);
    })();
    return this.#closing;
  }
}

/**
 * Opens the trace store of a database: waits for a server that is still starting, makes or updates the tables, starts retention.
 * Several processes may have the same store open.
 *
 * @throws StoreUnavailableError where the database has not come up in time; other errors (a wrong password, say) at once.
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
