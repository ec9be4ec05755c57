import type { Query } from '@span-links/explorer-api';
import type pg from 'pg';
import { scanBlocks, newestFirst, type Scanned } from './block-scan.ts';
import { blockSpans, candidateBlocks, type CandidateBlock, type FilterTerm } from './candidate-blocks.ts';
import { decodeCursor, encodeCursor, type PageKey } from './page-cursor.ts';
import { MAX_CANDIDATES, planSearch, type CandidateSource, type SearchPlan } from './search-plan.ts';
import type { SpanCondition } from './span-condition.ts';
import { sqlState } from '../database-away.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { FoundKeys, SearchList, SearchOptions, Stretch, TimeRange } from './search-list.ts';

export type { SearchedBack, SearchList, SearchOptions } from './search-list.ts';

/**
 * The number of blocks to scan at once; a short walk takes as long as one block. A rare value has
 * the block that is being filled and its own.
 */
const VERY_FEW_BLOCKS = 3;
/**
 * The number of blocks to scan before an index is asked. An index takes as long to show that it has
 * too many matches.
 */
const FEW_BLOCKS = 8;

/** A walk that has taken this long is not continued for this page. */
const WALK_MS = 1_500;
/** SQLSTATE query_canceled: the statement timeout. */
const CANCELLED = '57014';

type Key = { start_ns: string; id: string };

/**
 * Finds matches, newest first. Nobody knows in advance how many spans have an attribute (the
 * planner guesses one in a thousand), so the methods take turns: the few blocks that the filters
 * leave for a rare attribute; a short walk back in time, which finds a page of frequent matches;
 * the indexes and more blocks; then a longer walk, up to a bound.
 */
export async function search(
  pool: pg.Pool,
  list: SearchList,
  query: Query,
  options: SearchOptions,
): Promise<FoundKeys> {
  const after = options.cursor ? decodeCursor(list.format, options.cursor) : undefined;
  const planned = await planSearch(pool, query, options.tags);
  const plan = list.isInTimeOrder ? planned : walkOnly(planned);
  const ranged = list.isInTimeOrder ? inRange(plan, options) : plan;
  const run = new SearchRun(pool, list, ranged, options);
  if (!plan.possible || options.limit < 1) return run.page([]);
  return plan.conditions.length === 0 ? run.newest(after) : run.find(after);
}

/** A time range is one of spans. */
function inRange(plan: SearchPlan, { fromNs, toNs }: TimeRange): SearchPlan {
  const range: SpanCondition[] = [];
  if (fromNs !== undefined) range.push((parameters) => `s.start_ns >= ${parameters.bigint(fromNs)}`);
  if (toNs !== undefined) range.push((parameters) => `s.start_ns <= ${parameters.bigint(toNs)}`);
  return {
    ...plan,
    conditions: [...range, ...plan.conditions],
    otherConditions: [...range, ...plan.otherConditions],
  };
}

function walkOnly(plan: SearchPlan): SearchPlan {
  return { ...plan, attributeFilters: [], operationFilter: undefined, otherConditions: plan.conditions };
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
    // Most operations are frequent. They are only used if a walk has not found enough.
    const { isPrecise, attributeFilters } = this.plan;
    const blocks = isPrecise ? undefined : await this.#candidateBlocks(attributeFilters, after);
    if (blocks && blocks.length <= VERY_FEW_BLOCKS) {
      const all = await this.#fromBlocks(blocks, after);
      if (all) return this.page(all.keys);
    }
    return this.#walkAll(after, this.list.stretches(this.options), blocks);
  }

  /** All rows of the time range. Only rows that begin before it need a look at their spans. */
  async newest(after: PageKey | undefined): Promise<FoundKeys> {
    const [first, ...older] = this.list.stretches(this.options);
    const parameters = new SqlParameters();
    const where = [...this.#range(parameters, after), ...first!.where(parameters)];
    const select = this.#select(first!.table(parameters), where);
    this.#found.push(...(await this.#keys(`${select} LIMIT ${this.#wanted()}`, parameters)));
    if (this.#found.length > this.options.limit || older.length === 0) return this.page(this.#found);
    return this.#walkAll(after, older, undefined);
  }

  /**
   * Walks back in time through the stretches, in growing windows. Asks the indexes after the first
   * window.
   */
  async #walkAll(
    after: PageKey | undefined,
    stretches: readonly Stretch[],
    blocks: readonly CandidateBlock[] | undefined,
  ): Promise<FoundKeys> {
    const began = performance.now();
    let position = after;
    let walked = 0;
    let window = this.plan.isPrecise ? 0 : this.list.firstWindow;
    let triedSources = false;
    for (const stretch of stretches) {
      for (let isOver = false; !isOver;) {
        if (walked >= this.list.walkLimit || (walked > 0 && performance.now() - began > WALK_MS))
          return this.page(this.#found, position);
        if (window > 0) {
          const end = await this.#windowEnd(stretch, position, window);
          const found = await this.#walkOrGiveUp(stretch, position, end, window, walked > 0);
          if (found === undefined) return this.page(this.#found, position);
          this.#found.push(...found);
          if (this.#found.length > this.options.limit) return this.page(this.#found);
          if (end) {
            position = end;
            walked += window;
          } else isOver = true;
        }
        if (!triedSources && !isOver) {
          triedSources = true;
          const rest = await this.#fromSources(blocks, position);
          if (rest) return this.page([...this.#found, ...rest.keys], rest.searchedTo ?? undefined);
        }
        if (!isOver) window = Math.min(Math.max(window, this.list.firstWindow) * 4, this.list.walkLimit);
      }
    }
    return this.page(this.#found);
  }

  /** @returns `undefined` if a window takes too long and the earlier windows are an answer. */
  async #walkOrGiveUp(
    stretch: Stretch,
    after: PageKey | undefined,
    end: PageKey | undefined,
    rows: number,
    mayGiveUp: boolean,
  ): Promise<PageKey[] | undefined> {
    try {
      return await this.#walk(stretch, after, end, rows);
    } catch (error) {
      if (mayGiveUp && sqlState(error) === CANCELLED) return undefined;
      throw error;
    }
  }

  /** Takes one key more than the page holds, to know if there is another page. */
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

  #wanted(): number {
    return this.options.limit + 1 - this.#found.length;
  }

  /** The end of a window of this many rows; `undefined` at the end of the list. */
  async #windowEnd(stretch: Stretch, after: PageKey | undefined, rows: number): Promise<PageKey | undefined> {
    const parameters = new SqlParameters();
    const where = [
      ...this.#range(parameters, after),
      ...stretch.where(parameters),
      ...this.list.walked(this.plan),
    ];
    const [end] = await this.#keys(
      `${this.#select(stretch.table(parameters), where)} OFFSET ${rows - 1} LIMIT 1`,
      parameters,
    );
    return end;
  }

  /**
   * The matches of a window. The window is given by its end, not by its length: otherwise new rows
   * would push others out of it, and those would be lost. The LIMIT inside keeps the planner on the
   * index. It is twice the number of rows that the window held a moment ago.
   */
  async #walk(
    stretch: Stretch,
    after: PageKey | undefined,
    end: PageKey | undefined,
    rows: number,
  ): Promise<PageKey[]> {
    const { table, matches, startColumn, idColumn } = this.list;
    const parameters = new SqlParameters();
    const where = [
      ...this.#range(parameters, after, end),
      ...stretch.where(parameters),
      ...this.list.walked(this.plan),
    ];
    const window = `(SELECT * FROM ${stretch.table(parameters)} WHERE ${where.join(' AND ')}
      ORDER BY ${startColumn} DESC, ${idColumn} DESC LIMIT ${rows * 2}) ${table.split(' ')[1]}`;
    const statement = this.#select(window, [matches(this.plan, parameters)]);
    return this.#keys(`${statement} LIMIT ${this.#wanted()}`, parameters);
  }

  /**
   * Few blocks come first and many last: many cost more than finding that an index has too many
   * matches.
   */
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
    const bounds = this.list.startsWithMatch ? [toNs, after && BigInt(after[0] ?? '')] : [toNs];
    return candidateBlocks(this.pool, filters, fromNs, bounds);
  }

  /** @returns `undefined` if it led nowhere. */
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

  /** @returns `undefined` if the source holds more than is worth sorting. */
  async #fromSource(source: CandidateSource, after: PageKey | undefined): Promise<PageKey[] | undefined> {
    const parameters = new SqlParameters();
    // The conditions are in the select list so that the planner does not choose another index than
    // the source's.
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
    const row = `(${startColumn}, ${idColumn})`;
    const key = ([start = '', id = '']: PageKey) =>
      `(${parameters.bigint(start)}, ${idParameter(parameters, id)})`;
    const where = [always, ...(this.list.also?.(parameters) ?? [])];
    if (after) where.push(`${row} < ${key(after)}`);
    if (end) where.push(`${row} >= ${key(end)}`);
    return where;
  }

  async #keys(statement: string, parameters: SqlParameters): Promise<PageKey[]> {
    const { rows } = await this.pool.query<Key>(statement, parameters.values);
    return rows.map(pageKey);
  }
}

/**
 * Ids of spans are numbers. Ids of traces are UUIDs, which have no dashes in cursors and in the
 * API.
 */
function pageKey({ start_ns, id }: Key): PageKey {
  return [start_ns, id.replaceAll('-', '')];
}
