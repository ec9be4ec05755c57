import { AttributeHashes } from '../write/attribute-hash.ts';
import { BloomFilterBuilder } from './bloom-filter.ts';
import { hashOperation, hashResource, hashScope, hashService } from './operation-hash.ts';
import type { SealedBlock } from './sealed-block.ts';

// A builder takes 256 KB, and each block needs one for a short time, so builders are used again.
const spare: BloomFilterBuilder[] = [];
const MAX_SPARE = 4;

/** Gathers the filter content of the spans of one block. */
export class BlockContent {
  #builder: BloomFilterBuilder | undefined;
  /** The services of the operations of the block, by operation id. */
  readonly #operations = new Map<number, string>();
  readonly #resources = new Set<number>();
  readonly #scopes = new Set<number>();
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

  /** Ids in the dictionaries of resources and scopes. */
  addOwners(resource: number, scope: number): void {
    this.#resources.add(resource);
    this.#scopes.add(scope);
  }

  addStart(startNs: bigint): void {
    if (this.#minStartNs === null || startNs < this.#minStartNs) this.#minStartNs = startNs;
    if (this.#maxStartNs === null || startNs > this.#maxStartNs) this.#maxStartNs = startNs;
  }

  /** Call once, at the end. */
  seal(): SealedBlock {
    const hashes = new AttributeHashes();
    for (const id of this.#operations.keys()) hashOperation(hashes, id);
    for (const service of new Set(this.#operations.values())) hashService(hashes, service);
    for (const id of this.#resources) hashResource(hashes, id);
    for (const id of this.#scopes) hashScope(hashes, id);
    this.addHashes(hashes, 0, hashes.length);
    const builder = this.#builder ?? new BloomFilterBuilder();
    const filter = builder.toBytes();
    builder.clear();
    if (spare.length < MAX_SPARE) spare.push(builder);
    this.#builder = undefined;
    return { block: this.block, filter, minStartNs: this.#minStartNs, maxStartNs: this.#maxStartNs };
  }
}
