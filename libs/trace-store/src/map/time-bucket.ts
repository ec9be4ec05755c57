/**
 * Durations and waits are counted in buckets that grow by a fourth of an octave: 19 %. Bucket 0
 * holds all values below 1 µs; sql/map/count.sql says the same. Figures are interpolated within a
 * bucket, so a percentile is usually wrong by less than 10 %. Counts and the maximum are exact.
 */
const BUCKETS_PER_OCTAVE = 4;
const LEAST_NS = 1_000;

/** The start of a bucket and the end of the one before. */
export function bucketStartNs(bucket: number): number {
  return bucket <= 0 ? 0 : LEAST_NS * 2 ** ((bucket - 1) / BUCKETS_PER_OCTAVE);
}

/** A distribution over buckets. */
export class TimeBuckets {
  count = 0;
  errors = 0;
  mostNs = 0;
  readonly #counts = new Map<number, number>();

  add(bucket: number, count: number, errors: number, mostNs: number): void {
    this.count += count;
    this.errors += errors;
    this.mostNs = Math.max(this.mostNs, mostNs);
    this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
  }

  addAll(other: TimeBuckets): void {
    this.count += other.count;
    this.errors += other.errors;
    this.mostNs = Math.max(this.mostNs, other.mostNs);
    for (const [bucket, count] of other.#counts)
      this.#counts.set(bucket, (this.#counts.get(bucket) ?? 0) + count);
  }

  /** @param share from 0 to 1. */
  percentile(share: number): number {
    let before = 0;
    for (const [bucket, count] of [...this.#counts].sort(([a], [b]) => a - b)) {
      if (before + count >= this.count * share && count > 0) {
        const [from, to] = [bucketStartNs(bucket), Math.min(bucketStartNs(bucket + 1), this.mostNs)];
        return Math.round(
          Math.min(this.mostNs, from + ((this.count * share - before) / count) * Math.max(0, to - from)),
        );
      }
      before += count;
    }
    return this.mostNs;
  }
}
