import type { LinkWaitBar } from '@span-links/explorer-api';

/** 1, 2 and 5 times the powers of ten, in ns. The largest is below 2^63. */
const ROUND_NS: readonly number[] = Array.from({ length: 19 }, (_, power) =>
  [1, 2, 5].map((digit) => digit * 10 ** power),
).flat();

/** The starts of bars of waits that differ much: 1 to 2 s, 2 to 5 s, 5 to 10 s. */
const DIGITS_NS: readonly number[] = [0, ...ROUND_NS.filter((ns) => ns >= 1_000)];
/** The starts of bars of waits that differ so much that there would be too many: 1 to 10 s. */
const POWERS_NS: readonly number[] = DIGITS_NS.filter((ns) => ns === 0 || Number.isInteger(Math.log10(ns)));

// With fewer bars, one of them would have nearly all waits. Bars of equal width tell them apart.
const LEAST_DIGIT_BARS = 6;
// A phone has room for this many bars that a finger can hit.
const MOST_DIGIT_BARS = 13;
const MOST_EQUAL_STEPS = 12;
// Finer bars would need more than three digits in their labels.
const MOST_STEPS_TO_LONGEST = 100;

/** The bar of all waits below zero: the two spans overlap. */
const OVERLAP = -1;

/** The waits per bar. Bars are numbered on one of three scales. */
export interface WaitCounts {
  /** The width of the bars, if all have the same. */
  readonly stepNs: number | null;
  /** True for {@link POWERS_NS}. */
  readonly isWide: boolean;
  readonly counts: readonly (readonly [bar: number, count: number])[];
}

/**
 * Counts sorted waits. {@link WAIT_COUNTS} does the same in the database.
 *
 * @param gaps in ascending order.
 */
export function countWaits(gaps: readonly number[]): WaitCounts {
  const low = gaps.find((ns) => ns >= 0) ?? 0;
  const high = Math.max(0, gaps.at(-1) ?? 0);
  const digitBars = barOf(high, DIGITS_NS) - barOf(low, DIGITS_NS) + 1;
  const stepNs = digitBars < LEAST_DIGIT_BARS ? equalStep(low, high) : null;
  const isWide = digitBars > MOST_DIGIT_BARS;
  const starts = isWide ? POWERS_NS : DIGITS_NS;
  const counts = new Map<number, number>();
  for (const ns of gaps) {
    const bar = ns < 0 ? OVERLAP : stepNs === null ? barOf(ns, starts) : (ns - (ns % stepNs)) / stepNs;
    counts.set(bar, (counts.get(bar) ?? 0) + 1);
  }
  return { stepNs, isWide, counts: [...counts] };
}

function barOf(ns: number, starts: readonly number[]): number {
  const above = starts.findIndex((start) => start > ns);
  return above < 0 ? starts.length : above;
}

function equalStep(low: number, high: number): number | null {
  const fits = (ns: number) => ns * MOST_EQUAL_STEPS >= high - low && ns * MOST_STEPS_TO_LONGEST >= high;
  return ROUND_NS.find(fits) ?? null;
}

const barInSql = (column: string, starts: readonly number[]) => `width_bucket(${column}, ${bigints(starts)})`;

/**
 * The counts of the waits `gap` of a relation `a`, as a JSON column `waits`. No text of a user is
 * in it.
 */
export const WAIT_COUNTS = `(
  WITH ends AS (SELECT min(gap) AS low, max(gap) AS high FROM a WHERE gap >= 0),
  digits AS (
    SELECT low, high, ${barInSql('high', DIGITS_NS)} - ${barInSql('low', DIGITS_NS)} + 1 AS bars FROM ends
  ), scale AS (
    SELECT bars > ${MOST_DIGIT_BARS} AS is_wide, CASE WHEN bars < ${LEAST_DIGIT_BARS} THEN (
      SELECT ns FROM unnest(${bigints(ROUND_NS)}) ns
      WHERE ns::numeric * ${MOST_EQUAL_STEPS} >= high - low AND ns::numeric * ${MOST_STEPS_TO_LONGEST} >= high
      ORDER BY ns LIMIT 1
    ) END AS step FROM digits
  ), counted AS (
    SELECT CASE
      WHEN gap < 0 THEN ${OVERLAP} WHEN step IS NOT NULL THEN gap / step
      WHEN is_wide THEN ${barInSql('gap', POWERS_NS)} ELSE ${barInSql('gap', DIGITS_NS)}
    END AS bar, count(*)
    FROM a, scale WHERE gap IS NOT NULL GROUP BY 1
  )
  SELECT json_build_object('stepNs', step, 'isWide', is_wide, 'counts',
    (SELECT coalesce(json_agg(json_build_array(bar, count)), '[]') FROM counted))
  FROM scale
) AS waits`;

function bigints(numbers: readonly number[]): string {
  return `'{${numbers.map((ns) => BigInt(ns)).join(',')}}'::bigint[]`;
}

/** The bars from the shortest to the longest wait, also empty ones between others; at most 20. */
export function waitBars({ stepNs, isWide, counts }: WaitCounts, minNs: number): LinkWaitBar[] {
  const starts = isWide ? POWERS_NS : DIGITS_NS;
  const startOf = (bar: number) => (stepNs === null ? (starts[bar - 1] ?? 2 ** 63) : bar * stepNs);
  const byBar = new Map(counts);
  const overlaps = byBar.get(OVERLAP);
  const bars = [...byBar.keys()].filter((bar) => bar !== OVERLAP);
  const first = Math.min(...bars);
  const length = bars.length === 0 ? 0 : Math.max(...bars) - first + 1;
  return [
    ...(overlaps === undefined ? [] : [{ fromNs: minNs, toNs: 0, count: overlaps }]),
    ...Array.from({ length }, (_, place) => ({
      fromNs: startOf(first + place),
      toNs: startOf(first + place + 1),
      count: byBar.get(first + place) ?? 0,
    })),
  ];
}
