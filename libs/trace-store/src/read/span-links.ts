import type { LinkPage, ResolvedLink } from '@span-links/explorer-api';
import type pg from 'pg';
import type { LinkList } from './link-list.ts';
import { isInPlace, listFormat, pageKeys, type LinksOptions } from './link-order.ts';
import {
  readLinkPage,
  type LinkOwner,
  type LinkPageRequest,
  type LinkPageRows,
  type LinkPlace,
} from './link-page.ts';
import { completenessOf, ownSpanOf, type LinkTotals, type LinkTotalsMemory } from './link-totals.ts';
import { decodeCursor, encodeCursor, type PageKey } from './page-cursor.ts';
import { preparedStatement } from './prepared-statement.ts';

const OWN_SPAN = preparedStatement('own-span');

/** A page of links in the form of its list. */
export type PageOf<Links> = Omit<LinkPage, 'links'> & { readonly links: Links };

/** The links of one span; `null` if the span is missing. */
export async function spanLinks<Links>(
  pool: pg.Pool,
  memory: LinkTotalsMemory,
  traceId: string,
  spanId: string,
  options: LinksOptions,
  list: LinkList<Links>,
): Promise<PageOf<Links> | null> {
  const { direction, filter = {}, details = false, names = false } = options;
  const format = listFormat(options);
  const after = options.cursor ? decodeCursor(format, options.cursor) : undefined;
  const question = { traceId, spanId, direction, filter };
  const request = { ...question, details, names, completeness: direction === 'out' && !memory.has(question) };
  const page = isInPlace(options)
    ? await pageInPlace(pool, request, options.limit, after, list)
    : await sortedPage(pool, request, options, after, list);
  if (!page) return null;
  const { rows, last } = page;
  const isWhole = after === undefined && last === undefined;
  const totals =
    (isWhole ? totalsOfPage(rows, request) : undefined) ??
    (await memory.totals(question, rows.owner, rows.completeness));
  return {
    direction,
    links: list.links(),
    nextCursor: last ? encodeCursor(format, last) : null,
    rollUp: totals.rollUp,
    completeness: totals.completeness,
  };
}

type PageQuestion = Omit<LinkPageRequest, 'places'>;

interface ReadPage {
  readonly rows: LinkPageRows;
  /** The key of the last link if there are more. */
  readonly last: PageKey | undefined;
}

/** Links in the order of the store. The statement finds them itself. */
async function pageInPlace(
  pool: pg.Pool,
  request: PageQuestion,
  limit: number,
  after: PageKey | undefined,
  list: LinkList<unknown>,
): Promise<ReadPage | null> {
  const places = { kind: 'from', after: after && placeOf(after), limit } as const;
  const rows = await readLinkPage(pool, { ...request, places }, (link) => list.add(link));
  return rows && { rows, last: rows.last && ['0', '', rows.last[0], String(rows.last[1])] };
}

/** Links in another order, or some of them. Their keys are found first. */
async function sortedPage(
  pool: pg.Pool,
  request: PageQuestion,
  options: LinksOptions,
  after: PageKey | undefined,
  list: LinkList<unknown>,
): Promise<ReadPage | null> {
  const values = [request.traceId, Buffer.from(request.spanId, 'hex')];
  const { rows: owners } = await pool.query<LinkOwner>({ ...OWN_SPAN, values });
  if (!owners[0]) return null;
  const keys = await pageKeys(pool, ownSpanOf(request, owners[0]), options, after);
  const shown = keys.slice(0, options.limit);
  const places = shown.map(placeOf);
  const byPlace = new Map<string, ResolvedLink>();
  const rows = await readLinkPage(pool, { ...request, places: { kind: 'at', places } }, (link, place) =>
    byPlace.set(String(place), link),
  );
  if (!rows) return null;
  for (const place of places) {
    const link = byPlace.get(String(place));
    if (link) list.add(link);
  }
  return { rows, last: keys.length > shown.length ? shown.at(-1) : undefined };
}

function placeOf([, , src = '', idx = '']: PageKey): LinkPlace {
  return [src, Number(idx)];
}

/**
 * A page of all links can sum them up. @returns `undefined` if their completeness is remembered
 * instead.
 */
function totalsOfPage(rows: LinkPageRows, { direction }: PageQuestion): LinkTotals | undefined {
  if (direction === 'in') return { rollUp: rows.rollUp(), completeness: null };
  if (!rows.completeness) return undefined;
  return { rollUp: rows.rollUp(), completeness: completenessOf(rows.owner, rows.completeness) };
}
