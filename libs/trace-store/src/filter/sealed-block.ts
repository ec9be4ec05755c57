import type pg from 'pg';
import { readSql } from '../sql.ts';

/** What is known of a block whose spans are all known. */
export interface SealedBlock {
  readonly block: number;
  readonly filter: Buffer;
  /** Between which its spans start; both null where it has none. */
  readonly minStartNs: bigint | null;
  readonly maxStartNs: bigint | null;
}

const SEAL_BLOCKS = readSql('seal-blocks');

/**
 * Writes filters. Blocks that retention has taken meanwhile stay away.
 *
 * @param by whom: the owner of a block knows of every span that it gave an id, so its filter also replaces one that was rebuilt.
 */
export async function sealBlocks(
  pool: pg.Pool | pg.ClientBase,
  blocks: readonly SealedBlock[],
  by: 'owner' | 'rebuild',
): Promise<void> {
  await pool.query(SEAL_BLOCKS, [
    blocks.map(({ block }) => block),
    blocks.map(({ filter }) => filter),
    blocks.map(({ minStartNs }) => minStartNs),
    blocks.map(({ maxStartNs }) => maxStartNs),
    by === 'owner',
  ]);
}
