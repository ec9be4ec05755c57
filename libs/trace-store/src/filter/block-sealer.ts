import type pg from 'pg';
import { errorText } from '../database-away.ts';
import { sealBlocks, type SealedBlock } from './sealed-block.ts';

// About 4 MB at the usual size. If more blocks wait, the oldest stay unsealed until they are
// rebuilt.
const MAX_WAITING = 100;
const BLOCKS_A_STATEMENT = 16;

/**
 * Writes the filters of used-up blocks in parallel to the writers. If a write fails, the next one
 * includes its blocks, or they are rebuilt.
 */
export class BlockSealer {
  readonly #waiting: SealedBlock[] = [];
  #running: Promise<void> | undefined;

  constructor(
    private readonly pool: pg.Pool,
    private readonly onTrouble: (sentence: string) => void,
  ) {}

  add(block: SealedBlock): void {
    this.#waiting.push(block);
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#running ??= this.#sealAll().finally(() => (this.#running = undefined));
  }

  /** Resolves when all filters that can be written are written. */
  async settle(): Promise<void> {
    await this.#running;
  }

  async #sealAll(): Promise<void> {
    // Blocks that are given up together are written together.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const blocks = this.#waiting.slice(0, BLOCKS_A_STATEMENT);
      try {
        await sealBlocks(this.pool, blocks, 'owner');
      } catch (error) {
        this.onTrouble(`filters of attributes could not be written: ${errorText(error)}`);
        return;
      }
      for (const block of blocks) this.#drop(block);
    }
  }

  /** The block may have been removed in the meantime. */
  #drop(block: SealedBlock): void {
    const place = this.#waiting.indexOf(block);
    if (place >= 0) this.#waiting.splice(place, 1);
  }
}
