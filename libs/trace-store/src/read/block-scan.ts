import type { CandidateBlock } from './candidate-blocks.ts';
import type { PageKey } from './page-cursor.ts';

/** A block of 4,096 spans takes about 4 ms, so this is a quarter of a second. */
export const MAX_SCANNED_BLOCKS = 64;
const FIRST_BLOCKS = 4;
const MOST_BLOCKS_AT_ONCE = 24;
const MAX_INT64 = 2n ** 63n - 1n;

export interface Scanned {
  /** Matches, newest first. They are complete down to {@link searchedTo}. */
  readonly keys: readonly PageKey[];
  /**
   * Null if these are all matches or as many as wanted. Otherwise the search continues from here.
   */
  readonly searchedTo: PageKey | null;
}

/**
 * Scans blocks, latest starts first, until it has the wanted rows and no other block can have a
 * newer one. Blocks are in the order of arrival, lists in the order of start.
 *
 * @param wanted the number of rows, at least one.
 * @param lowestId of the list's ids.
 * @param matchesIn returns the newest matches in some blocks, at most the wanted number.
 * @returns `undefined` if too many blocks are left for any answer.
 */
export async function scanBlocks(
  blocks: readonly CandidateBlock[],
  wanted: number,
  lowestId: string,
  matchesIn: (blocks: readonly string[]) => Promise<readonly PageKey[]>,
): Promise<Scanned | undefined> {
  let keys: PageKey[] = [];
  let scanned = 0;
  let next = FIRST_BLOCKS;
  while (scanned < blocks.length && scanned < MAX_SCANNED_BLOCKS) {
    const some = blocks.slice(scanned, Math.min(scanned + next, MAX_SCANNED_BLOCKS));
    const found = await Promise.all(halves(some.map(({ block }) => block)).map(matchesIn));
    keys = newest([...keys, ...found.flat()], wanted);
    scanned += some.length;
    if (keys.length >= wanted && isLaterThan(keys[wanted - 1]!, blocks[scanned])) break;
    next = nextBlocks(scanned, keys.length, wanted);
  }
  const left = blocks[scanned];
  if (left === undefined || (keys.length >= wanted && isLaterThan(keys[wanted - 1]!, left)))
    return { keys, searchedTo: null };
  // If a sender's clock is at the end of time, there is no position below its span.
  if (left.maxStartNs === null || BigInt(left.maxStartNs) === MAX_INT64) return undefined;
  return {
    keys: keys.filter((key) => isLaterThan(key, left)),
    searchedTo: [String(BigInt(left.maxStartNs) + 1n), lowestId],
  };
}

/** True if no span of the block can come before this key. */
function isLaterThan([start = '']: PageKey, block: CandidateBlock | undefined): boolean {
  if (block === undefined) return true;
  return block.maxStartNs !== null && byNumber(start, block.maxStartNs) > 0;
}

/** Two statements at a time, because the database is the bottleneck and has a second core. */
function halves(blocks: readonly string[]): (readonly string[])[] {
  if (blocks.length < 2) return [blocks];
  const middle = Math.ceil(blocks.length / 2);
  return [blocks.slice(0, middle), blocks.slice(middle)];
}

/** As many blocks as should hold the missing rows, at the rate so far. */
function nextBlocks(scanned: number, found: number, wanted: number): number {
  const needed =
    found === 0 ? MOST_BLOCKS_AT_ONCE : Math.ceil(((wanted - found) / found) * scanned * 1.1) + 1;
  return Math.max(FIRST_BLOCKS, Math.min(needed, MOST_BLOCKS_AT_ONCE));
}

/** A trace may have matching spans in several blocks. */
function newest(keys: readonly PageKey[], count: number): PageKey[] {
  const sorted = [...keys].sort(newestFirst);
  return sorted.filter((key, n) => n === 0 || newestFirst(sorted[n - 1]!, key) !== 0).slice(0, count);
}

/** The order of lists. */
export function newestFirst([startA = '', idA = '']: PageKey, [startB = '', idB = '']: PageKey): number {
  return byNumber(startB, startA) || byNumber(idB, idA);
}

/** Compares non-negative decimal numbers, or hex digits of the same length. */
function byNumber(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length;
  return a < b ? -1 : a > b ? 1 : 0;
}
