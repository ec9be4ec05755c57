import { setTimeout as sleep } from 'node:timers/promises';
import type pg from 'pg';
import { errorText } from '../database-away.ts';
import { readSql } from '../sql.ts';
import { AttributeHashes } from '../write/attribute-hash.ts';
import { BlockContent } from './block-content.ts';
import { BLOCK_SPANS } from './block-size.ts';
import { sealBlocks } from './sealed-block.ts';

// One process at a time, as in retention.
const TAKE_TURN = `SELECT pg_try_advisory_lock(7326004, hashtext(current_schema())) AS "isMine"`;
const ABANDONED = `SELECT block FROM span_blocks WHERE (filter IS NULL OR version < 2) AND taken_at < now() - interval '1 hour' ORDER BY block DESC`;
const STARTS = `SELECT min(start_ns) AS min, max(start_ns) AS max FROM spans WHERE id >= $1::bigint AND id < $2::bigint`;
const DELETE_EMPTY = 'DELETE FROM span_blocks WHERE block = $1::bigint AND (filter IS NULL OR version < 2)';
const BLOCK_ATTRIBUTES = readSql('block-attributes');
const BLOCK_OPERATIONS = readSql('block-operations');
const BLOCK_OWNERS = readSql('block-owners');
const INTERVAL_MS = 30_000;
// Attributes are read for this many spans at a time: 512 spans with 128 attributes each are 65,536
// rows.
const SLICE_SPANS = 512;
// A block takes about 0.1 s of both Postgres and Node.js. The rebuild then rests three times as
// long for others.
const REST_FACTOR = 3;

type Attribute = { readonly type: string; readonly key: string; readonly value: string };

/**
 * Makes the filters of blocks that have none because their process was killed or because they are
 * older than filters. Until then, every search for an attribute looks at their spans.
 */
export class FilterRebuild {
  readonly #pool: pg.Pool;
  readonly #onTrouble: (sentence: string) => void;
  readonly #stopped = new AbortController();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<number> | undefined;
  #seen: ReadonlySet<string> = new Set();

  constructor(pool: pg.Pool, onTrouble: (sentence: string) => void) {
    this.#pool = pool;
    this.#onTrouble = onTrouble;
  }

  /** @param beforeEach is called at each interval before the rebuild. */
  start(beforeEach: () => void): void {
    this.#timer = setInterval(() => {
      beforeEach();
      this.run().catch((error: unknown) =>
        this.#onTrouble(`filters of attributes could not be rebuilt: ${errorText(error)}`),
      );
    }, INTERVAL_MS);
    this.#timer.unref();
  }

  /**
   * Rebuilds the blocks that were already abandoned at the previous run. Only one run at a time,
   * over all processes. @returns the number of blocks.
   */
  async run(): Promise<number> {
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
    return this.#running;
  }

  /** Resolves when the current run has ended. A run ends after its current block. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#stopped.abort();
    await this.#running?.catch(() => undefined);
  }

  async #run(): Promise<number> {
    const { rows } = await this.#pool.query<{ block: string }>(ABANDONED);
    // A block is not rebuilt the first time it is seen. After a machine has slept for hours, all of
    // its blocks suddenly look old, but the transactions that it slept over are still open.
    const due = rows.filter(({ block }) => this.#seen.has(block));
    this.#seen = new Set(rows.map(({ block }) => block));
    if (due.length === 0) return 0;
    const client = await this.#pool.connect();
    try {
      const { rows: turns } = await client.query<{ isMine: boolean }>(TAKE_TURN);
      if (turns[0]?.isMine !== true) return 0;
      return await this.#rebuildAll(
        client,
        due.map(({ block }) => Number(block)),
      );
    } finally {
      // Closing the connection releases the advisory lock, even after a failure.
      client.release(true);
    }
  }

  async #rebuildAll(client: pg.ClientBase, blocks: readonly number[]): Promise<number> {
    const { signal } = this.#stopped;
    let rebuilt = 0;
    for (const block of blocks) {
      if (signal.aborted) break;
      const began = performance.now();
      await rebuildFilter(client, block);
      rebuilt++;
      const restMs = (performance.now() - began) * REST_FACTOR;
      if (rebuilt < blocks.length)
        await sleep(restMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
    return rebuilt;
  }
}

async function rebuildFilter(client: pg.ClientBase, block: number): Promise<void> {
  const first = block * BLOCK_SPANS;
  const end = first + BLOCK_SPANS;
  const { rows: starts } = await client.query<{ min: string | null; max: string | null }>(STARTS, [
    first,
    end,
  ]);
  const { min, max } = starts[0]!;
  if (min === null || max === null) {
    await client.query(DELETE_EMPTY, [block]);
    return;
  }
  const content = new BlockContent(block);
  content.addStart(BigInt(min));
  content.addStart(BigInt(max));
  const { rows: operations } = await client.query<{ id: number; service: string }>(BLOCK_OPERATIONS, [
    first,
    end,
  ]);
  for (const { id, service } of operations) content.addOperation(id, service);
  const { rows: owners } = await client.query<{ resource: number; scope: number }>(BLOCK_OWNERS, [
    first,
    end,
  ]);
  for (const { resource, scope } of owners) content.addOwners(resource, scope);
  for (let from = first; from < end; from += SLICE_SPANS) {
    const slice = [from, Math.min(from + SLICE_SPANS, end)];
    const { rows } = await client.query<Attribute>(BLOCK_ATTRIBUTES, slice);
    const hashes = new AttributeHashes(rows.length);
    for (const row of rows) addHash(hashes, row);
    content.addHashes(hashes, 0, hashes.length);
  }
  await sealBlocks(client, [content.seal()], 'rebuild');
}

function addHash(hashes: AttributeHashes, { type, key, value }: Attribute): void {
  if (type === 'string') hashes.string(key, value);
  else if (type === 'number') hashes.number(key, Number(value));
  else hashes.boolean(key, value === 'true');
}
