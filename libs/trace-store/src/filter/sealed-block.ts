import type pg from 'pg';
import { readSql } from '../sql.ts';

/** The content of a block whose spans are all known. */
export interface SealedBlock {
  readonly block: number;
  readonly filter: Buffer;
  /** The earliest and latest start of its spans. Both are null if it has no spans. */
  readonly minStartNs: bigint | null;
  readonly maxStartNs: bigint | null;
}

const SEAL_BLOCKS = readSql('seal-blocks');

/**
 * Writes filters. Blocks that retention has deleted in the meantime stay deleted.
 *
 * @param by who writes: the owner of a block knows every span that got an id from it, so its filter
 * also replaces a rebuilt one.
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
