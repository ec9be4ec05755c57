import type { LinkCompleteness, LinkDirection, LinkRollUp } from '@span-links/explorer-api';
import type pg from 'pg';
import type { LinkFilter, OwnSpan } from './all-links.ts';
import { linkCompleteness, type CompletenessRow } from './link-completeness.ts';
import type { LinkOwner } from './link-page.ts';
import { linkRollUp } from './link-roll-up.ts';
import { preparedStatement } from './prepared-statement.ts';
import { RecentAnswers } from './recent-answers.ts';

/** What is the same for all pages of a span's links. */
export interface LinkTotals {
  readonly rollUp: LinkRollUp;
  readonly completeness: LinkCompleteness | null;
}

/** Which links are summed up. */
export interface TotalsQuestion {
  readonly traceId: string;
  readonly spanId: string;
  readonly direction: LinkDirection;
  readonly filter: LinkFilter;
}

interface TotalsOfState extends LinkTotals {
  /** When retention last took something: without it, what was resolved stays so. */
  readonly evictedAt: string | null;
  readonly links: number;
}

/** From this many links on, totals are remembered: those of 10,000 took 50 to 110 ms, a page 3 (two busy cores, November 2026). */
const REMEMBERED_FROM_LINKS = 500;
// Long enough to page through a span's links, short enough for nobody to wait for a target that has come in.
const KEEP_MS = 1_000;
// Links do not change, and where each is resolved and all sources have one, no span that comes in changes the totals.
const KEEP_SETTLED_MS = 60_000;

const LINK_COMPLETENESS = preparedStatement('link-completeness');

/** Remembers the totals of spans with many links. */
export class LinkTotalsMemory {
  readonly #recent = new RecentAnswers<TotalsOfState>(200, keepMs);

  constructor(private readonly pool: pg.Pool) {}

  /** Whether the totals are at hand, or on their way, unless retention took something meanwhile. */
  has(question: TotalsQuestion): boolean {
    return this.#recent.known(keyOf(question)) !== undefined;
  }

  /** @param completeness where it was asked for already. */
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

/** Of a span that bears links. */
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
