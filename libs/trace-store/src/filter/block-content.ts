import { AttributeHashes } from '../write/attribute-hash.ts';
import { BloomFilterBuilder } from './bloom-filter.ts';
import { hashOperation, hashService } from './operation-hash.ts';
import type { SealedBlock } from './sealed-block.ts';

// A builder takes 256 KB, and each block needs one for a moment.
const spare: BloomFilterBuilder[] = [];
const MAX_SPARE = 4;

/** Gathers what a filter says of the spans of one block. */
export class BlockContent {
  #builder: BloomFilterBuilder | undefined;
  /** By id, the services of the operations that there are. */
  readonly #operations = new Map<number, string>();
  #minStartNs: bigint | null = null;
  #maxStartNs: bigint | null = null;

  constructor(readonly block: number) {}

  /** @param start and `end` are places in `hashes.values`. */
  addHashes(hashes: AttributeHashes, start: number, end: number): void {
    this.#builder ??= spare.pop() ?? new BloomFilterBuilder();
    this.#builder.add(hashes, start, end);
  }

  /** @param id in the dictionary of operations. */
  addOperation(id: number, service: string): void {
    this.#operations.set(id, service);
  }

  addStart(startNs: bigint): void {
    if (this.#minStartNs === null || startNs < this.#minStartNs) this.#minStartNs = startNs;
    if (this.#maxStartNs === null || startNs > this.#maxStartNs) this.#maxStartNs = startNs;
  }

  /** To be called once, at the end. */
  seal(): SealedBlock {
    const hashes = new AttributeHashes();
    for (const id of this.#operations.keys()) hashOperation(hashes, id);
    for (const service of new Set(this.#operations.values())) hashService(hashes, service);
    this.addHashes(hashes, 0, hashes.length);
    const builder = this.#builder ?? new BloomFilterBuilder();
    const filter = builder.toBytes();
    builder.clear();
    if (spare.length < MAX_SPARE) spare.push(builder);
    this.#builder = undefined;
    return { block: this.block, filter, minStartNs: this.#minStartNs, maxStartNs: this.#maxStartNs };
  }
}
