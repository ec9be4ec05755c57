import type {
  LinkCompleteness,
  LinkDirection,
  LinkPage,
  LinkRollUp,
  LinkSort,
} from '@span-links/explorer-api';
import type pg from 'pg';
import {
  allLinks,
  ownLinks,
  SORT_TEXT_LENGTH,
  sortExpression,
  type LinkFilter,
  type OwnSpan,
} from './all-links.ts';
import { linkCompleteness, type CompletenessRow } from './link-completeness.ts';
import { linkRollUp } from './link-roll-up.ts';
import { resolvedLink, type LinkRow } from './link-row.ts';
import {
  decodeCursor,
  encodeCursor,
  INT64_PART,
  SMALL_INTEGER_PART,
  type PageKey,
  type PageKeyFormat,
} from './page-cursor.ts';
import type { RecentAnswers } from './recent-answers.ts';
import { SqlParameters } from './sql-parameters.ts';
import type { ExactSpan } from './span-row.ts';
import { preparedStatement } from './prepared-statement.ts';

export interface LinksOptions {
  readonly direction: LinkDirection;
  /** `index` by default. Links whose other end is not here come last, in whatever order. */
  readonly sort?: LinkSort | undefined;
  readonly order?: 'asc' | 'desc' | undefined;
  readonly limit: number;
  readonly cursor?: string | null | undefined;
  readonly filter?: LinkFilter | undefined;
  /** Whether to give the attributes and events of the other ends. */
  readonly details?: boolean | undefined;
}

/** What is the same for all pages of a span's links. */
export interface LinkTotals {
  readonly rollUp: LinkRollUp;
  readonly completeness: LinkCompleteness | null;
}

/**
 * From this many links on, roll-up and completeness are remembered for a moment: for 10,000 links they took 110 ms, a page 8 (both on
 * two busy cores, November 2026).
 */
export const REMEMBERED_FROM_LINKS = 500;

const OWN_SPAN = preparedStatement('own-span');
const LINKS = { out: preparedStatement('links-out'), in: preparedStatement('links-in') };
const LINK_COMPLETENESS = preparedStatement('link-completeness');

interface OwnRow {
  readonly id: string;
  readonly start_ns: string;
  readonly end_ns: string;
  readonly link_count: number;
  readonly dropped_links: number;
  readonly exact: ExactSpan | null;
}

/** The links of one span, `null` where it is not here. */
export async function spanLinks(
  pool: pg.Pool,
  remembered: RecentAnswers<LinkTotals>,
  traceId: string,
  spanId: string,
  options: LinksOptions,
): Promise<LinkPage | null> {
  const { direction, limit, filter = {}, details = false } = options;
  const format = listFormat(options);
  const after = options.cursor ? decodeCursor(format, options.cursor) : undefined;
  const own = await ownSpan(pool, traceId, spanId);
  if (!own) return null;
  const question = JSON.stringify([own.id, direction, filter, direction === 'out' ? own.linkCount : 0]);
  const [keys, totals] = await Promise.all([
    pageKeys(pool, own, options, after),
    remembered.answer(question, () => linkTotals(pool, own, direction, filter)),
  ]);
  const shown = keys.slice(0, limit);
  const last = keys.length > shown.length ? shown.at(-1) : undefined;
  const { rows } = await pool.query<LinkRow>({
    ...LINKS[direction],
    values: [
      shown.map(([, , src]) => src),
      shown.map(([, , , idx]) => idx),
      details,
      own.id,
      direction === 'out' ? own.startNs : own.endNs,
    ],
  });
  return {
    direction,
    links: rows.map((row) => resolvedLink(row, details)),
    nextCursor: last ? encodeCursor(format, last) : null,
    ...totals,
  };
}

type OwnSpanWithLinks = OwnSpan & { readonly linkCount: number; readonly droppedLinksCount: number };

async function ownSpan(
  pool: pg.Pool,
  traceId: string,
  spanId: string,
): Promise<OwnSpanWithLinks | undefined> {
  const { rows } = await pool.query<OwnRow>({ ...OWN_SPAN, values: [traceId, Buffer.from(spanId, 'hex')] });
  const [row] = rows;
  return (
    row && {
      id: row.id,
      traceId,
      spanId,
      startNs: row.start_ns,
      endNs: row.end_ns,
      linkCount: row.link_count,
      droppedLinksCount: row.exact?.droppedLinksCount ?? row.dropped_links,
    }
  );
}

async function linkTotals(
  pool: pg.Pool,
  own: OwnSpanWithLinks,
  direction: LinkDirection,
  filter: LinkFilter,
): Promise<LinkTotals> {
  const [rollUp, completeness] = await Promise.all([
    linkRollUp(pool, own, direction, filter),
    direction === 'out' ? completenessOf(pool, own) : null,
  ]);
  return { rollUp, completeness };
}

async function completenessOf(pool: pg.Pool, own: OwnSpanWithLinks): Promise<LinkCompleteness> {
  const { rows } = await pool.query<CompletenessRow>({ ...LINK_COMPLETENESS, values: [own.id] });
  return linkCompleteness({ kept: own.linkCount, dropped: own.droppedLinksCount }, rows[0]!);
}

/** The keys of a page and one more: whether there is a sort value, that value, and (src, idx), which settle ties. */
async function pageKeys(
  pool: pg.Pool,
  own: OwnSpanWithLinks,
  options: LinksOptions,
  after: PageKey | undefined,
): Promise<PageKey[]> {
  const { direction, sort = 'index', order = 'asc', limit, filter = {} } = options;
  const isFiltered = Object.values(filter).some((value) => value !== undefined);
  const parameters = new SqlParameters();
  if (sort === 'index') {
    const from = isFiltered
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

/** Values may be absent, which row comparison cannot sort; so it is spelt out. Ties go by (src, idx) in both orders. */
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

/** A cursor belongs to one list: another direction, sort or order takes it for none of its own. */
function listFormat({ direction, sort = 'index', order = 'asc' }: LinksOptions): PageKeyFormat {
  const value = sort === 'index' ? /^$/ : isText(sort) ? TEXT_VALUE : NUMBER_VALUE;
  return {
    list: `l:${direction}:${sort}:${order}`,
    parts: [/^[01]$/, value, INT64_PART, SMALL_INTEGER_PART],
  };
}

const TEXT_VALUE = new RegExp(`^[^]{0,${SORT_TEXT_LENGTH * 2}}$`);
/** Empty where it is absent. */
const NUMBER_VALUE = /^(-?\d{1,20})?$/;

function isText(sort: LinkSort): boolean {
  return sort === 'name' || sort === 'service';
}
