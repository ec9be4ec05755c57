import type { Query } from '@span-links/explorer-api';
import type pg from 'pg';
import { scanBlocks, newestFirst, type Scanned } from './block-scan.ts';
import { blockSpans, candidateBlocks, type CandidateBlock, type FilterTerm } from './candidate-blocks.ts';
import { decodeCursor, encodeCursor, type PageKey, type PageKeyFormat } from './page-cursor.ts';
import { MAX_CANDIDATES, planSearch, type CandidateSource, type SearchPlan } from './search-plan.ts';
import { SqlParameters } from './sql-parameters.ts';

/** Which part of the matches to answer with. */
export interface SearchOptions {
  /** Rows at most. */
  readonly limit: number;
  /** The `nextCursor` of the page before. */
  readonly cursor?: string | null | undefined;
  /** Unix times in ns that starts have to lie between, both included. */
  readonly fromNs?: bigint | undefined;
  readonly toNs?: bigint | undefined;
}

/** What a page of matches adds to the page itself. */
export interface SearchedBack {
  /**
   * Unix time in ns down to which the search got where it ended before the page was full and before the store's end: a search that
   * no index helps looks at so many rows and no more. `nextCursor` goes on from there. Else `null`.
   */
  readonly searchedBackTo: string | null;
}

/** Keys of the matches, in the order of the list. */
export interface FoundKeys extends SearchedBack {
  readonly keys: readonly PageKey[];
  readonly nextCursor: string | null;
}

/** What the searches for spans and for traces do differently. */
export interface SearchList {
  readonly format: PageKeyFormat;
  /** Rows to walk over at first, and in all. Their product with a trace's spans is what is looked at. */
  readonly firstWindow: number;
  readonly walkLimit: number;
  readonly table: 'spans s' | 'traces t';
  readonly startColumn: string;
  readonly idColumn: string;
  readonly lowestId: string;
  /** Whether a row starts when its matching span does. A trace may have begun long before. */
  readonly startsWithMatch: boolean;
  /** What every row of the list fulfils, and its index with it. */
  readonly always: string;
  readonly idParameter: (parameters: SqlParameters, id: string) => string;
  /** What rows have to fulfil to be counted on a walk, cheap or known to an index. */
  readonly walked: (plan: SearchPlan) => readonly string[];
  /** Whether a row matches. */
  readonly matches: (plan: SearchPlan, parameters: SqlParameters) => string;
  /** From the candidates `c (id, start_ns, trace_id, matches)` to the rows of the list. */
  readonly fromCandidates: string;
}

/** Blocks that are looked through at once: a short walk takes as long as one. Of rare values, it is the one that is being filled and theirs. */
const VERY_FEW_BLOCKS = 3;
/** Those that are looked through before an index is asked, which takes as long where it turns out to know of too many. */
const FEW_BLOCKS = 8;

type Key = { start_ns: string; id: string };

/**
 * Finds what matches, newest first. Nobody knows beforehand how many spans have an attribute (the planner guesses one in a thousand),
 * so the ways take turns: the few blocks that filters leave over of a rare attribute; a short walk back in time, which finds a page of
 * what is frequent; the indexes, and more blocks; then a longer walk, up to a bound.
 */
export async function search(
  pool: pg.Pool,
  list: SearchList,
  query: Query,
  options: SearchOptions,
): Promise<FoundKeys> {
  const after = options.cursor ? decodeCursor(list.format, options.cursor) : undefined;
  const plan = await planSearch(pool, query);
  const run = new SearchRun(pool, list, plan, options);
  if (!plan.possible || options.limit < 1) return run.page([]);
  if (plan.conditions.length === 0) return run.page(await run.newest(after));
  return run.find(after);
}

class SearchRun {
  readonly #found: PageKey[] = [];

  constructor(
    private readonly pool: pg.Pool,
    private readonly list: SearchList,
    private readonly plan: SearchPlan,
    private readonly options: SearchOptions,
  ) {}

  async find(after: PageKey | undefined): Promise<FoundKeys> {
    // Most operations are frequent: those are asked for when a walk has not found enough.
    const { isPrecise, attributeFilters } = this.plan;
    const blocks = isPrecise ? undefined : await this.#candidateBlocks(attributeFilters, after);
    if (blocks && blocks.length <= VERY_FEW_BLOCKS) {
      const all = await this.#fromBlocks(blocks, after);
      if (all) return this.page(all.keys);
    }
    let position = after;
    let walked = 0;
    let window = this.plan.isPrecise ? 0 : this.list.firstWindow;
    let triedSources = false;
    while (walked < this.list.walkLimit) {
      if (window > 0) {
        const end = await this.#windowEnd(position, window);
        this.#found.push(...(await this.#walk(position, end, window)));
        if (this.#found.length > this.options.limit || !end) return this.page(this.#found);
        position = end;
        walked += window;
      }
      if (!triedSources) {
        triedSources = true;
        const rest = await this.#fromSources(blocks, position);
        if (rest) return this.page([...this.#found, ...rest.keys], rest.searchedTo ?? undefined);
      }
      window = Math.min(Math.max(window, this.list.firstWindow) * 4, this.list.walkLimit);
    }
    return this.page(this.#found, position);
  }

  /** Takes one key more than the page holds, to know whether there is another page. */
  page(keys: readonly PageKey[], searchedTo?: PageKey): FoundKeys {
    const { format } = this.list;
    const shown = keys.slice(0, this.options.limit);
    const last = keys.length > shown.length ? shown.at(-1) : undefined;
    return {
      keys: shown,
      nextCursor: last ? encodeCursor(format, last) : searchedTo ? encodeCursor(format, searchedTo) : null,
      searchedBackTo: last ? null : (searchedTo?.[0] ?? null),
    };
  }

  async newest(after: PageKey | undefined): Promise<PageKey[]> {
    const parameters = new SqlParameters();
    const range = this.#range(parameters, after);
    return this.#keys(`${this.#select(this.list.table, range)} LIMIT ${this.#wanted()}`, parameters);
  }

  #wanted(): number {
    return this.options.limit + 1 - this.#found.length;
  }

  /** Where a window of so many rows ends; `undefined` where the list does. */
  async #windowEnd(after: PageKey | undefined, rows: number): Promise<PageKey | undefined> {
    const parameters = new SqlParameters();
    const where = [...this.#range(parameters, after), ...this.list.walked(this.plan)];
    const [end] = await this.#keys(
      `${this.#select(this.list.table, where)} OFFSET ${rows - 1} LIMIT 1`,
      parameters,
    );
    return end;
  }

  /**
   * The matches of a window. It is given by its end, not by its length: rows that come in meanwhile would push others out of it,
   * and those would be lost. The LIMIT inside keeps the planner on the index and is twice what the window held a moment ago.
   */
  async #walk(after: PageKey | undefined, end: PageKey | undefined, rows: number): Promise<PageKey[]> {
    const { table, matches, startColumn, idColumn } = this.list;
    const parameters = new SqlParameters();
    const where = [...this.#range(parameters, after, end), ...this.list.walked(this.plan)];
    const window = `(SELECT * FROM ${table} WHERE ${where.join(' AND ')}
      ORDER BY ${startColumn} DESC, ${idColumn} DESC LIMIT ${rows * 2}) ${table.split(' ')[1]}`;
    const statement = this.#select(window, [matches(this.plan, parameters)]);
    return this.#keys(`${statement} LIMIT ${this.#wanted()}`, parameters);
  }

  /** Few blocks come first, many last: those cost more than to find that an index knows of too many. */
  async #fromSources(
    attributeBlocks: readonly CandidateBlock[] | undefined,
    after: PageKey | undefined,
  ): Promise<Scanned | undefined> {
    const { isPrecise, operationFilter } = this.plan;
    const blocks =
      isPrecise || !operationFilter ? attributeBlocks : await this.#candidateBlocks(this.#filters(), after);
    const areFew = blocks !== undefined && blocks.length <= FEW_BLOCKS;
    if (areFew) return this.#fromBlocks(blocks, after);
    for (const source of this.plan.sources) {
      const keys = await this.#fromSource(source, after);
      if (keys) return { keys, searchedTo: null };
    }
    return blocks && this.#fromBlocks(blocks, after);
  }

  #filters(): FilterTerm[] {
    const { attributeFilters, operationFilter } = this.plan;
    return operationFilter ? [...attributeFilters, operationFilter] : [...attributeFilters];
  }

  async #candidateBlocks(
    filters: readonly FilterTerm[],
    after: PageKey | undefined,
  ): Promise<CandidateBlock[] | undefined> {
    if (filters.length === 0) return undefined;
    const { fromNs, toNs } = this.options;
    const bounds = this.list.startsWithMatch ? [toNs, after && BigInt(after[0] ?? '')] : [];
    return candidateBlocks(this.pool, filters, fromNs, bounds);
  }

  /** @returns `undefined` where it led nowhere. */
  async #fromBlocks(
    blocks: readonly CandidateBlock[],
    after: PageKey | undefined,
  ): Promise<Scanned | undefined> {
    const { plan, list } = this;
    const scanned = await scanBlocks(blocks, this.#wanted(), list.lowestId, async (some) => {
      const parameters = new SqlParameters();
      const from = blockSpans(some, this.#filters(), parameters);
      const conditions = ['true', ...plan.otherConditions.map((condition) => condition(parameters))];
      const statement = this.#select(list.fromCandidates, this.#range(parameters, after));
      return this.#keys(
        `WITH c AS (SELECT s.id, s.start_ns, s.trace_id, true AS matches FROM ${from} WHERE ${conditions.join(' AND ')})
         ${statement} LIMIT ${this.#wanted()}`,
        parameters,
      );
    });
    const isStuck = scanned?.searchedTo && after && newestFirst(after, scanned.searchedTo) >= 0;
    return isStuck ? undefined : scanned;
  }

  /** @returns `undefined` where the source holds more than is worth sorting. */
  async #fromSource(source: CandidateSource, after: PageKey | undefined): Promise<PageKey[] | undefined> {
    const parameters = new SqlParameters();
    // The conditions stand in the select list, where they cannot tempt the planner to another index than the source's.
    const conditions = this.plan.conditions.map((condition) => condition(parameters)).join(' AND ');
    const where = ['NOT (SELECT too_many FROM n)', ...this.#range(parameters, after)];
    const { rows } = await this.pool.query<Key & { too_many: boolean }>(
      `WITH c AS MATERIALIZED (
         SELECT s.id, s.start_ns, s.trace_id, (${conditions}) AS matches
         FROM ${source(parameters)} LIMIT ${MAX_CANDIDATES + 1}
       ), n AS MATERIALIZED (SELECT count(*) > ${MAX_CANDIDATES} AS too_many FROM c)
       SELECT n.too_many, k.start_ns, k.id FROM n
       LEFT JOIN (${this.#select(this.list.fromCandidates, where)} LIMIT ${this.#wanted()}) k ON true
       ORDER BY k.start_ns DESC, k.id DESC`,
      parameters.values,
    );
    if (rows[0]?.too_many) return undefined;
    return rows.filter((row) => row.start_ns !== null).map(pageKey);
  }

  #select(from: string, where: readonly string[]): string {
    const { startColumn, idColumn } = this.list;
    return `SELECT ${startColumn} AS start_ns, ${idColumn} AS id FROM ${from} WHERE ${where.join(' AND ')}
      ORDER BY ${startColumn} DESC, ${idColumn} DESC`;
  }

  #range(parameters: SqlParameters, after: PageKey | undefined, end?: PageKey): string[] {
    const { startColumn, idColumn, always, idParameter } = this.list;
    const { fromNs, toNs } = this.options;
    const row = `(${startColumn}, ${idColumn})`;
    const key = ([start = '', id = '']: PageKey) =>
      `(${parameters.bigint(start)}, ${idParameter(parameters, id)})`;
    const where = [always];
    if (after) where.push(`${row} < ${key(after)}`);
    if (end) where.push(`${row} >= ${key(end)}`);
    if (fromNs !== undefined) where.push(`${startColumn} >= ${parameters.bigint(fromNs)}`);
    if (toNs !== undefined) where.push(`${startColumn} <= ${parameters.bigint(toNs)}`);
    return where;
  }

  async #keys(statement: string, parameters: SqlParameters): Promise<PageKey[]> {
    const { rows } = await this.pool.query<Key>(statement, parameters.values);
    return rows.map(pageKey);
  }
}

/** Ids of spans are numbers, those of traces UUIDs, which stand in cursors and in the API without their dashes. */
function pageKey({ start_ns, id }: Key): PageKey {
  return [start_ns, id.replaceAll('-', '')];
}
