import type { LinkDirection, LinkSort } from '@span-links/explorer-api';
import type pg from 'pg';
import {
  allLinks,
  ownLinks,
  SORT_TEXT_LENGTH,
  sortExpression,
  type LinkFilter,
  type OwnSpan,
} from './all-links.ts';
import { INT64_PART, SMALL_INTEGER_PART, type PageKey, type PageKeyFormat } from './page-cursor.ts';
import { SqlParameters } from './sql-parameters.ts';

export interface LinksOptions {
  readonly direction: LinkDirection;
  /** `index` by default. Links whose other end is missing come last, in any order. */
  readonly sort?: LinkSort | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  readonly limit: number;
  readonly cursor?: string | null | undefined;
  readonly filter?: LinkFilter | undefined;
  /** True to return the attributes and events of the other ends. */
  readonly details?: boolean | undefined;
  /** True to return the attributes that may tell the other ends apart. Ignored with `details`. */
  readonly names?: boolean | undefined;
}

/**
 * True if pages hold the links in the order of the store. Their keys then need no separate query.
 */
export function isInPlace({ sort = 'index', order = 'asc', filter = {} }: LinksOptions): boolean {
  return sort === 'index' && order === 'asc' && !isFiltered(filter);
}

function isFiltered(filter: LinkFilter): boolean {
  return Object.values(filter).some((value) => value !== undefined);
}

/**
 * The keys of a page and of one more link. A key has a flag for the sort value, the value itself,
 * and (src, idx) for ties.
 */
export async function pageKeys(
  pool: pg.Pool,
  own: OwnSpan,
  options: LinksOptions,
  after: PageKey | undefined,
): Promise<PageKey[]> {
  const { direction, sort = 'index', order = 'asc', limit, filter = {} } = options;
  const parameters = new SqlParameters();
  if (sort === 'index') {
    const from = isFiltered(filter)
      ? allLinks(own, direction, filter, parameters)
      : `links l WHERE ${ownLinks(own, direction, parameters)}`;
    const compared = order === 'asc' ? '>' : '<';
    const rest = after ? `AND (l.src, l.idx) ${compared} ${place(after, parameters)}` : '';
    const statement = `SELECT '0' AS absent, '' AS value, l.src, l.idx FROM ${from} ${rest}
      ORDER BY l.src ${order}, l.idx ${order} LIMIT ${limit + 1}`;
    return runKeys(pool, statement, parameters);
  }
  const value = sortExpression(sort, own, direction, parameters);
  const from = allLinks(own, direction, filter, parameters);
  const rest = after ? `AND ${afterKey(value, sort, order, after, parameters)}` : '';
  const statement = `SELECT CASE WHEN ${value} IS NULL THEN '1' ELSE '0' END AS absent, coalesce((${value})::text, '') AS value, l.src, l.idx
    FROM ${from} ${rest} ORDER BY ${value} ${order} NULLS LAST, l.src, l.idx LIMIT ${limit + 1}`;
  return runKeys(pool, statement, parameters);
}

/**
 * Row comparison cannot sort missing values, so it is written out. Ties go by (src, idx) in both
 * orders.
 */
function afterKey(
  value: string,
  sort: LinkSort,
  order: 'asc' | 'desc',
  after: PageKey,
  parameters: SqlParameters,
): string {
  const later = `(l.src, l.idx) > ${place(after, parameters)}`;
  const [absent, text = ''] = after;
  if (absent === '1') return `(${value} IS NULL AND ${later})`;
  const last = isText(sort) ? `${parameters.text(text)} COLLATE "C"` : parameters.numeric(text || '0');
  const beyond = order === 'asc' ? '>' : '<';
  return `(${value} ${beyond} ${last} OR ${value} IS NULL OR ${value} = ${last} AND ${later})`;
}

function place([, , src = '', idx = '']: PageKey, parameters: SqlParameters): string {
  return `(${parameters.bigint(src)}, ${parameters.bigint(idx)})`;
}

async function runKeys(pool: pg.Pool, statement: string, parameters: SqlParameters): Promise<PageKey[]> {
  const { rows } = await pool.query<{ absent: string; value: string; src: string; idx: number }>(
    statement,
    parameters.values,
  );
  return rows.map(({ absent, value, src, idx }) => [absent, value, src, String(idx)]);
}

/** A cursor belongs to one list. A list with another direction, sort or order rejects it. */
export function listFormat({ direction, sort = 'index', order = 'asc' }: LinksOptions): PageKeyFormat {
  const value = sort === 'index' ? /^$/ : isText(sort) ? TEXT_VALUE : NUMBER_VALUE;
  return {
    list: `l:${direction}:${sort}:${order}`,
    parts: [/^[01]$/, value, INT64_PART, SMALL_INTEGER_PART],
  };
}

const TEXT_VALUE = new RegExp(`^[^]{0,${SORT_TEXT_LENGTH * 2}}$`);
/** Empty if it is missing. */
const NUMBER_VALUE = /^(-?\d{1,20})?$/;

function isText(sort: LinkSort): boolean {
  return sort === 'name' || sort === 'service';
}
