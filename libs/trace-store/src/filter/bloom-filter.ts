import type { AttributeHashes } from '../write/attribute-hash.ts';

/** A bucket: eight lanes of 32 bits. */
export const BUCKET_BYTES = 32;
const LANES = 8;

/**
 * The salts of the "split block Bloom filter" of Apache Parquet (parquet-format, BloomFilter.md).
 * The upper half of a hash chooses its bucket: `(upper * buckets) >> 32`. The lower half chooses a
 * bit in each lane: `(lower * salt) >>> 27`. Lanes are little-endian.
 */
const SALTS = Int32Array.of(
  0x47b6137b,
  0x44974d91,
  0x8824ad5b,
  0xa2b7289d,
  0x705495c7,
  0x2df1424b,
  0x9efc4947,
  0x5c6bfb31,
);

// 256 KB: at most 64 bytes per span of a block. If each span has 32 unique values, one bucket in a
// thousand is still read in vain.
const MAX_BUCKETS = 2 ** 13;
const MIN_BUCKETS = 8;
// The share of ones above which a filter is not halved again. This is 16 bits per different hash,
// with 0.1 % false positives. The sizes are powers of two, so the average is 22 bits.
const MAX_LOAD = 0.4;

/**
 * Collects hashes in a filter of the largest size and returns it in the smallest size that is
 * sufficient. The number of buckets is a power of two, so a filter is halved by a bitwise or of
 * neighbouring buckets. Nobody needs to know in advance how many hashes there are or how many are
 * different.
 */
export class BloomFilterBuilder {
  readonly #bits = new Int32Array(MAX_BUCKETS * LANES);

  /** @param start and `end` are places in `hashes.values`. */
  add({ values }: AttributeHashes, start: number, end: number): void {
    const bits = this.#bits;
    for (let at = start; at < end; at += 2) {
      const bucket = (values[at]! >>> (32 - Math.log2(MAX_BUCKETS))) * LANES;
      const lower = values[at + 1]!;
      for (let lane = 0; lane < LANES; lane++) {
        bits[bucket + lane]! |= 1 << (Math.imul(lower, SALTS[lane]!) >>> 27);
      }
    }
  }

  /** Returns the filter as it is stored. */
  toBytes(): Buffer {
    const buckets = this.#neededBuckets();
    const folded = Buffer.alloc(buckets * BUCKET_BYTES);
    const perBucket = MAX_BUCKETS / buckets;
    const bits = this.#bits;
    for (let lane = 0; lane < buckets * LANES; lane++) {
      const first = Math.floor(lane / LANES) * perBucket * LANES + (lane % LANES);
      let ones = 0;
      for (let n = 0; n < perBucket; n++) ones |= bits[first + n * LANES]!;
      folded.writeInt32LE(ones, lane * 4);
    }
    return folded;
  }

  clear(): void {
    this.#bits.fill(0);
  }

  /**
   * If two halves each have a share of `load` ones, their union has a share of `1 - (1 - load)²`.
   */
  #neededBuckets(): number {
    let ones = 0;
    const bits = this.#bits;
    for (let lane = 0; lane < bits.length; lane++) ones += onesOf(bits[lane]!);
    let load = ones / (bits.length * 32);
    let buckets = MAX_BUCKETS;
    for (; buckets > MIN_BUCKETS; buckets /= 2) {
      load = 1 - (1 - load) ** 2;
      if (load > MAX_LOAD) break;
    }
    return buckets;
  }
}

/** True if the hash with this lower half may be in the filter of this bucket. */
export function mayHold(bucket: Uint8Array, lower: number): boolean {
  for (let lane = 0; lane < LANES; lane++) {
    const bit = Math.imul(lower, SALTS[lane]!) >>> 27;
    if (((bucket[lane * 4 + (bit >>> 3)]! >>> (bit & 7)) & 1) === 0) return false;
  }
  return true;
}

function onesOf(lane: number): number {
  let pairs = lane - ((lane >>> 1) & 0x5555_5555);
  pairs = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}
