import type { LinkDirection, LinkRollUp, ResolvedLink } from '@span-links/explorer-api';
import type pg from 'pg';
import { readSql } from '../sql.ts';
import type { CompletenessRow } from './link-completeness.ts';
import { LinkTally } from './link-roll-up.ts';
import { resolvedLink, type LinkTuple } from './link-row.ts';
import type { ExactSpan } from './span-row.ts';

/** Which links of a span to read. */
export interface LinkPageRequest {
  readonly traceId: string;
  readonly spanId: string;
  readonly direction: LinkDirection;
  /**
   * `from`: the links after a place, in the order of their places. `at`: the links in certain
   * places.
   */
  readonly places: LinksFrom | LinksAt;
  readonly details: boolean;
  /** True to read the attributes that may name the other ends. Details come without them. */
  readonly names: boolean;
  /** True to ask for the completeness of a fan-in too. Only `out` has one. */
  readonly completeness: boolean;
}

/** A linking span, by its id in this store, and the link's number there. */
export type LinkPlace = readonly [src: string, idx: number];

interface LinksFrom {
  readonly kind: 'from';
  readonly after: LinkPlace | undefined;
  readonly limit: number;
}

interface LinksAt {
  readonly kind: 'at';
  readonly places: readonly LinkPlace[];
}

/** The stored span whose links are requested. */
export interface LinkOwner {
  readonly id: string;
  readonly start_ns: string;
  readonly end_ns: string;
  readonly link_count: number;
  readonly dropped_links: number;
  readonly exact: ExactSpan | null;
  /** The time of the last eviction, as text. Nothing else removes a target. */
  readonly evicted_at: string | null;
}

export interface LinkPageRows {
  readonly owner: LinkOwner;
  readonly completeness: CompletenessRow | null;
  /** The place of the last link if there are more. */
  readonly last: LinkPlace | undefined;
  /** Sums up the links that were handed over. */
  readonly rollUp: () => LinkRollUp;
}

// One statement returns everything that a page needs. During ingest, each round trip waits up to 10
// ms for the event loop.
const OWNER = `SELECT json_build_object('id', id::text, 'start_ns', start_ns::text, 'end_ns', end_ns::text, 'link_count', link_count,
    'dropped_links', dropped_links, 'exact', exact, 'evicted_at', (SELECT max(evicted_at) FROM evicted_traces)) AS owner,
  NULL::json AS completeness, NULL::text AS link
FROM own`;

function pageStatement(direction: LinkDirection, kind: 'from' | 'at'): { name: string; text: string } {
  const links = `(${readSql(`read/links-${direction}`)})`;
  const completeness = `SELECT NULL, to_json(c), NULL FROM (${readSql('read/link-completeness')}) c WHERE $5::boolean`;
  return {
    name: `read-links-${direction}-${kind}`,
    text: `WITH own AS MATERIALIZED (${readSql('read/own-span')}), page AS (${readSql(`read/links-${direction}-${kind}`)})
      ${[OWNER, ...(direction === 'out' ? [completeness] : []), links].join(' UNION ALL ')}`,
  };
}

const STATEMENTS = {
  out: { from: pageStatement('out', 'from'), at: pageStatement('out', 'at') },
  in: { from: pageStatement('in', 'from'), at: pageStatement('in', 'at') },
};

type PageRow = readonly [LinkOwner | null, CompletenessRow | null];

/**
 * Reads links with their other ends. It calls `take` for each link as it comes in, in the order of
 * their places, while Postgres looks for the next one. For 10,000 links, Node.js thus does most of
 * its work while Postgres works, and other requests get their turn.
 *
 * @returns `null` if the span is missing.
 */
export async function readLinkPage(
  pool: pg.Pool,
  request: LinkPageRequest,
  take: (link: ResolvedLink, place: LinkPlace) => void,
): Promise<LinkPageRows | null> {
  const arrival = new LinkArrival(request, take);
  const { rows } = await pool.query<PageRow & unknown[]>({
    ...STATEMENTS[request.direction][request.places.kind],
    values: pageValues(request, arrival.seesAll),
    rowMode: 'array',
    // node-postgres calls the parser of the one text column for each row as it comes in.
    types: {
      getTypeParser: ((oid: number) =>
        oid === JSON_OID
          ? JSON.parse
          : (text: string) => arrival.arrive(text)) as pg.CustomTypesConfig['getTypeParser'],
    },
  });
  const owner = rows.find(([found]) => found !== null)?.[0];
  if (!owner) return null;
  return {
    owner,
    completeness: rows.find(([, found]) => found !== null)?.[1] ?? null,
    last: arrival.hasMore ? arrival.last : undefined,
    rollUp: () => arrival.tally.rollUp(),
  };
}

const JSON_OID = 114;

function pageValues(request: LinkPageRequest, seesAll: boolean): unknown[] {
  const { traceId, spanId, direction, places, details, names, completeness } = request;
  const ids = [traceId, Buffer.from(spanId, 'hex'), details ? 2 : names ? 1 : 0, !seesAll];
  if (places.kind === 'at') {
    const numbers = places.places.map(([, idx]) => idx);
    return direction === 'out'
      ? [...ids, completeness, numbers]
      : [...ids, places.places.map(([src]) => src), numbers];
  }
  const [src, idx] = places.after ?? ['-1', -1];
  return [...ids, direction === 'out' ? completeness : src, idx, places.limit + 1];
}

/**
 * Passes links on as they come in, one less than requested. The extra link shows if there are more.
 */
class LinkArrival {
  readonly tally = new LinkTally();
  /** True if no link comes before the page. Then the first link of a duplicate was seen. */
  readonly seesAll: boolean;
  last: LinkPlace | undefined;
  hasMore = false;
  readonly #limit: number;
  #count = 0;
  readonly #seen = new Set<string>();

  constructor(
    private readonly request: LinkPageRequest,
    private readonly take: (link: ResolvedLink, place: LinkPlace) => void,
  ) {
    const { places } = request;
    this.seesAll = places.kind === 'from' && places.after === undefined;
    this.#limit = places.kind === 'from' ? places.limit : places.places.length;
  }

  /** Keeps nothing of the row. The return value replaces it. */
  arrive(text: string): null {
    if (this.#count++ >= this.#limit) {
      this.hasMore = true;
      return null;
    }
    const tuple = JSON.parse(text) as LinkTuple;
    const isSelf = tuple[8] === this.request.spanId && tuple[7] === this.request.traceId;
    const link = resolvedLink(tuple, isSelf, this.#isDuplicate(tuple));
    this.tally.add(link);
    this.last = [tuple[0], tuple[1]];
    this.take(link, this.last);
    return null;
  }

  #isDuplicate(tuple: LinkTuple): boolean {
    const traceId = tuple[7];
    if (!this.seesAll || traceId === '') return tuple[9] === true;
    const other = tuple[10];
    // If its target has no other link, it does not need to be remembered.
    if (this.request.direction === 'out' && typeof other !== 'string' && other[9] === 1) return false;
    // Two links to one span with different content are two messages.
    const end = traceId + tuple[8] + JSON.stringify([tuple[5], tuple[6]]);
    if (this.#seen.has(end)) return true;
    this.#seen.add(end);
    return false;
  }
}
