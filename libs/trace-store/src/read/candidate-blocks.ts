import type pg from 'pg';
import { mayHold } from '../filter/bloom-filter.ts';
import { BLOCK_SPANS } from '../filter/block-size.ts';
import { MAX_ASKED, type AskedHash } from './asked-hashes.ts';
import type { SpanCondition } from './span-condition.ts';
import { SqlParameters } from './sql-parameters.ts';

/** A block that may contain matching spans. */
export interface CandidateBlock {
  readonly block: string;
  /** None of its spans starts later; `null` if this is not known. */
  readonly maxStartNs: string | null;
}

/**
 * A condition with its hashes. A span that fulfils the condition has one of them, so filters can
 * answer it.
 */
export interface FilterTerm {
  readonly asked: readonly AskedHash[];
  readonly condition: SpanCondition;
  /** Row ids of spans that fulfil the condition although they have none of the hashes. */
  readonly others?: readonly string[] | undefined;
}

type Row = CandidateBlock & { readonly is_open: boolean } & Record<`hash${number}`, Buffer | null>;

/**
 * The blocks that may have spans that fulfil all of these terms, latest starts first.
 *
 * @param fromNs and `toNs` bound the time. Rows that start outside are not asked for.
 * @returns `undefined` if no filter can tell.
 */
export async function candidateBlocks(
  pool: pg.Pool,
  terms: readonly FilterTerm[],
  fromNs: bigint | undefined,
  toNs: readonly (bigint | undefined)[],
): Promise<CandidateBlock[] | undefined> {
  const useful = terms.filter(({ asked: hashes }) => hashes.length <= MAX_ASKED);
  if (useful.length === 0) return undefined;
  const asked = useful.map((term) => ({ hashes: term.asked, blocks: blocksOf(term.others) }));
  const parameters = new SqlParameters();
  const buckets = asked
    .flatMap(({ hashes }) => hashes)
    .map((hash, n) => `${bucket(hash, parameters)} AS hash${n}`);
  // An open block has no bounds. A sealed block without spans has none either.
  const where = ['(filter IS NULL OR max_start_ns IS NOT NULL)'];
  if (fromNs !== undefined) where.push(`(max_start_ns >= ${parameters.bigint(fromNs)}) IS NOT FALSE`);
  for (const to of toNs)
    if (to !== undefined) where.push(`(min_start_ns <= ${parameters.bigint(to)}) IS NOT FALSE`);
  const { rows } = await pool.query<Row>(
    `SELECT block, max_start_ns AS "maxStartNs", filter IS NULL OR version < 2 AS is_open, ${buckets.join(', ')}
     FROM span_blocks WHERE ${where.join(' AND ')} ORDER BY max_start_ns DESC NULLS FIRST, block DESC`,
    parameters.values,
  );
  return rows.filter((row) => row.is_open || mayFulfil(row, asked));
}

/** Reads only the 32 bytes of a filter that a hash falls into. The rest stays on the disk. */
function bucket({ upper }: AskedHash, parameters: SqlParameters): string {
  return `substr(filter, (${parameters.bigint(upper)} * (octet_length(filter) / 32) >> 32)::int * 32 + 1, 32)`;
}

function blocksOf(ids: readonly string[] = []): ReadonlySet<string> {
  return new Set(ids.map((id) => String(BigInt(id) / BigInt(BLOCK_SPANS))));
}

interface Asked {
  readonly hashes: readonly AskedHash[];
  /** These need no hash. */
  readonly blocks: ReadonlySet<string>;
}

function mayFulfil(row: Row, asked: readonly Asked[]): boolean {
  let n = 0;
  let fulfils = true;
  for (const { hashes, blocks } of asked) {
    let some = blocks.has(row.block);
    for (const { lower } of hashes) {
      const bytes = row[`hash${n++}`];
      some ||= bytes instanceof Buffer && mayHold(bytes, lower);
    }
    fulfils &&= some;
  }
  return fulfils;
}

/**
 * A FROM clause that yields, as `s`, the spans of these blocks that fulfil the terms, in the order
 * on the disk.
 */
export function blockSpans(
  blocks: readonly string[],
  terms: readonly FilterTerm[],
  parameters: SqlParameters,
): string {
  const conditions = terms.map(({ condition }) => condition(parameters)).join(' AND ');
  // OFFSET 0 is a fence: with a free join, the planner reads all spans for two blocks.
  return `unnest(${parameters.bigints(blocks)}) AS b (block) CROSS JOIN LATERAL (
    SELECT s.* FROM spans s
    WHERE s.id >= b.block * ${BLOCK_SPANS} AND s.id < (b.block + 1) * ${BLOCK_SPANS} AND ${conditions} OFFSET 0) s`;
}
