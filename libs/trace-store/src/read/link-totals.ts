import type { LinkCompleteness, LinkDirection, LinkRollUp } from '@span-links/explorer-api';
import type pg from 'pg';
import type { LinkFilter, OwnSpan } from './all-links.ts';
import { linkCompleteness, type CompletenessRow } from './link-completeness.ts';
import type { LinkOwner } from './link-page.ts';
import { linkRollUp } from './link-roll-up.ts';
import { preparedStatement } from './prepared-statement.ts';
import { RecentAnswers } from './recent-answers.ts';

/** The figures that are the same for all pages of a span's links. */
export interface LinkTotals {
  readonly rollUp: LinkRollUp;
  readonly completeness: LinkCompleteness | null;
}

/** The links to sum up. */
export interface TotalsQuestion {
  readonly traceId: string;
  readonly spanId: string;
  readonly direction: LinkDirection;
  readonly filter: LinkFilter;
}

interface TotalsOfState extends LinkTotals {
  /** The time of the last eviction. Without an eviction, a resolved link stays resolved. */
  readonly evictedAt: string | null;
  readonly links: number;
}

/**
 * From this many links on, totals are remembered: the totals of 10,000 links took 50 to 110 ms, a
 * page 3 ms (two busy cores, November 2026).
 */
const REMEMBERED_FROM_LINKS = 500;
// Long enough to page through a span's links, short enough that a new target shows soon.
const KEEP_MS = 1_000;
// Links do not change. If each link is resolved and all sources have one, new spans do not change
// the totals.
const KEEP_SETTLED_MS = 60_000;

const LINK_COMPLETENESS = preparedStatement('link-completeness');

/** Remembers the totals of spans with many links. */
export class LinkTotalsMemory {
  readonly #recent = new RecentAnswers<TotalsOfState>(200, keepMs);

  constructor(private readonly pool: pg.Pool) {}

  /** True if the totals are remembered or on their way and retention deleted nothing since. */
  has(question: TotalsQuestion): boolean {
    return this.#recent.known(keyOf(question)) !== undefined;
  }

  /** @param completeness if it was already requested. */
  async totals(
    question: TotalsQuestion,
    owner: LinkOwner,
    completeness: CompletenessRow | null,
  ): Promise<LinkTotals> {
    const key = keyOf(question);
    const ask = () => totalsOf(this.pool, question, owner, completeness);
    const totals = await this.#recent.answer(key, ask);
    return totals.evictedAt === owner.evicted_at ? totals : this.#recent.renew(key, ask);
  }
}

function keyOf({ traceId, spanId, direction, filter }: TotalsQuestion): string {
  return JSON.stringify([traceId, spanId, direction, filter]);
}

function keepMs({ rollUp, completeness, links }: TotalsOfState): number {
  if (rollUp.total < REMEMBERED_FROM_LINKS) return 0;
  const isSettled = completeness?.verdict === 'complete' && rollUp.resolved === links;
  return isSettled ? KEEP_SETTLED_MS : KEEP_MS;
}

async function totalsOf(
  pool: pg.Pool,
  question: TotalsQuestion,
  owner: LinkOwner,
  completeness: CompletenessRow | null,
): Promise<TotalsOfState> {
  const { direction, filter } = question;
  const [rollUp, whole] = await Promise.all([
    linkRollUp(pool, ownSpanOf(question, owner), direction, filter),
    direction === 'out' ? (completeness ?? completenessRow(pool, question)) : null,
  ]);
  return {
    rollUp,
    completeness: whole && completenessOf(owner, whole),
    evictedAt: owner.evicted_at,
    links: owner.link_count,
  };
}

async function completenessRow(pool: pg.Pool, { traceId, spanId }: TotalsQuestion): Promise<CompletenessRow> {
  const values = [traceId, Buffer.from(spanId, 'hex')];
  const { rows } = await pool.query<CompletenessRow>({ ...LINK_COMPLETENESS, values });
  return rows[0]!;
}

/** The completeness of a span with links. */
export function completenessOf(owner: LinkOwner, row: CompletenessRow): LinkCompleteness {
  const dropped = owner.exact?.droppedLinksCount ?? owner.dropped_links;
  return linkCompleteness({ kept: owner.link_count, dropped }, row);
}

export function ownSpanOf(
  { traceId, spanId }: { traceId: string; spanId: string },
  owner: LinkOwner,
): OwnSpan {
  return { id: owner.id, traceId, spanId, startNs: owner.start_ns, endNs: owner.end_ns };
}
