import type { AttributeHashes } from '../write/attribute-hash.ts';
import { BloomFilterBuilder } from './bloom-filter.ts';
import type { SealedBlock } from './sealed-block.ts';

// A builder takes 256 KB, and each block needs one for a moment.
const spare: BloomFilterBuilder[] = [];
const MAX_SPARE = 4;

/** Gathers what a filter says of the spans of one block. */
export class BlockContent {
  #builder: BloomFilterBuilder | undefined;
  #minStartNs: bigint | null = null;
  #maxStartNs: bigint | null = null;

  constructor(readonly block: number) {}

  /** @param start and `end` are places in `hashes.values`. */
  addHashes(hashes: AttributeHashes, start: number, end: number): void {
    this.#builder ??= spare.pop() ?? new BloomFilterBuilder();
    this.#builder.add(hashes, start, end);
  }

  addStart(startNs: bigint): void {
    if (this.#minStartNs === null || startNs < this.#minStartNs) this.#minStartNs = startNs;
    if (this.#maxStartNs === null || startNs > this.#maxStartNs) this.#maxStartNs = startNs;
  }

  /** To be called once, at the end. */
  seal(): SealedBlock {
    const builder = this.#builder ?? spare.pop() ?? new BloomFilterBuilder();
    const filter = builder.toBytes();
    builder.clear();
    if (spare.length < MAX_SPARE) spare.push(builder);
    this.#builder = undefined;
    return { block: this.block, filter, minStartNs: this.#minStartNs, maxStartNs: this.#maxStartNs };
  }
}
