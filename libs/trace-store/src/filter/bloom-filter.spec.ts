import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AttributeHashes } from '../write/attribute-hash.ts';
import { BloomFilterBuilder, BUCKET_BYTES, mayHold } from './bloom-filter.ts';

function hashesOf(count: number, first = 0): AttributeHashes {
  const hashes = new AttributeHashes();
  for (let n = 0; n < count; n++) hashes.number('n', first + n);
  return hashes;
}

function filterOf(hashes: AttributeHashes): Buffer {
  const builder = new BloomFilterBuilder();
  builder.add(hashes, 0, hashes.length);
  return builder.toBytes();
}

/** Follows the pseudocode of the specification: BloomFilter.md of parquet-format. */
function bucketOf(filter: Buffer, upper: number): Buffer {
  const block = Number((BigInt(upper >>> 0) * BigInt(filter.length / BUCKET_BYTES)) >> 32n);
  return filter.subarray(block * BUCKET_BYTES, (block + 1) * BUCKET_BYTES);
}

function foundIn(filter: Buffer, { values, length }: AttributeHashes): number {
  let found = 0;
  for (let at = 0; at < length; at += 2) if (mayHold(bucketOf(filter, values[at]!), values[at + 1]!)) found++;
  return found;
}

describe('a filter', () => {
  it('finds every added hash at any final size', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 60_000 }), fc.nat(), (count, first) => {
        const hashes = hashesOf(count, first);
        expect(foundIn(filterOf(hashes), hashes)).toBe(count);
      }),
      { numRuns: 25 },
    );
  });

  it.each([100, 1_000, 12_000, 40_000, 120_000])(
    'of %d hashes finds few others and takes few bytes',
    (count) => {
      const filter = filterOf(hashesOf(count));
      expect(foundIn(filter, hashesOf(100_000, 1e9))).toBeLessThan(200);
      expect(filter.length * 8).toBeLessThanOrEqual(Math.max(count * 33, 8 * 256));
    },
  );

  it('stays below its largest size with far too many hashes', () => {
    expect(filterOf(hashesOf(1_000_000)).length).toBe(256 * 1_024);
  });

  it('is empty again after it is cleared', () => {
    const builder = new BloomFilterBuilder();
    const hashes = hashesOf(1_000);
    builder.add(hashes, 0, hashes.length);
    builder.clear();
    expect(foundIn(builder.toBytes(), hashes)).toBe(0);
  });

  it('takes only the given part of the hashes', () => {
    const builder = new BloomFilterBuilder();
    const hashes = hashesOf(1_000);
    builder.add(hashes, 0, 1_000);
    expect(foundIn(builder.toBytes(), hashes)).toBeLessThan(510);
  });
});
