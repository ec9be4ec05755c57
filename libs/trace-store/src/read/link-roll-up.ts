import {
  SPAN_STATUSES,
  type LinkDirection,
  type LinkRollUp,
  type ResolvedLink,
  type SpanStatus,
  type UnresolvedReason,
} from '@span-links/explorer-api';
import type pg from 'pg';
import { allLinks, gapExpression, type LinkFilter, type OwnSpan } from './all-links.ts';
import { countWaits, WAIT_COUNTS, waitBars, type WaitCounts } from './link-waits.ts';
import { SqlParameters } from './sql-parameters.ts';

interface RollUpRow {
  readonly total: string;
  readonly resolved: string;
  readonly min_gap: string | null;
  readonly median_gap: string | null;
  readonly p95_gap: string | null;
  readonly max_gap: string | null;
  readonly waits: WaitCounts;
  readonly statuses: readonly { status: number | null; count: number }[] | null;
  readonly services: readonly { service: string; count: number }[] | null;
  readonly reasons: readonly { reason: UnresolvedReason; count: number }[] | null;
}

const MAX_SERVICES = 20;

/**
 * Sums up all links of one direction that pass the filter. If a page holds them all, {@link
 * LinkTally} does it without a query.
 */
export async function linkRollUp(
  pool: pg.Pool,
  own: OwnSpan,
  direction: LinkDirection,
  filter: LinkFilter,
): Promise<LinkRollUp> {
  const parameters = new SqlParameters();
  const gap = gapExpression(own, direction, parameters);
  const { rows } = await pool.query<RollUpRow>(
    `WITH a AS MATERIALIZED (
       SELECT x.status, o.service, ${gap}::bigint AS gap, CASE
         WHEN x.id IS NOT NULL THEN NULL
         WHEN l.target_trace_id IS NULL THEN 'invalid'
         WHEN l.flags & 255 <> 0 AND l.flags & 1 = 0 THEN 'not_sampled'
         WHEN EXISTS (SELECT FROM evicted_traces e WHERE e.trace_id = l.target_trace_id) THEN 'evicted'
         ELSE 'not_received'
       END AS reason
       FROM ${allLinks(own, direction, filter, parameters)}
     )
     SELECT count(*) AS total, count(status) AS resolved, min(gap) AS min_gap, max(gap) AS max_gap,
       percentile_disc(0.5) WITHIN GROUP (ORDER BY gap) AS median_gap,
       percentile_disc(0.95) WITHIN GROUP (ORDER BY gap) AS p95_gap,
       ${WAIT_COUNTS},
       (SELECT json_agg(s) FROM (SELECT status, count(*) FROM a GROUP BY status) s) AS statuses,
       (SELECT json_agg(s) FROM (
          SELECT service, count(*) FROM a WHERE service IS NOT NULL
          GROUP BY service ORDER BY 2 DESC, service COLLATE "C" LIMIT ${MAX_SERVICES}
        ) s) AS services,
       (SELECT json_agg(r) FROM (SELECT reason, count(*) FROM a WHERE reason IS NOT NULL GROUP BY reason) r) AS reasons
     FROM a`,
    parameters.values,
  );
  return rollUpOf(rows[0]!);
}

function rollUpOf(row: RollUpRow): LinkRollUp {
  const countOf = (status: SpanStatus): number =>
    row.statuses?.find((entry) => entry.status === SPAN_STATUSES.indexOf(status))?.count ?? 0;
  return {
    total: Number(row.total),
    resolved: Number(row.resolved),
    unresolved: Object.fromEntries((row.reasons ?? []).map(({ reason, count }) => [reason, count])),
    byStatus: { unset: countOf('unset'), ok: countOf('ok'), error: countOf('error') },
    services: row.services ?? [],
    gap:
      row.median_gap === null
        ? null
        : {
            minNs: Number(row.min_gap),
            medianNs: Number(row.median_gap),
            p95Ns: Number(row.p95_gap),
            maxNs: Number(row.max_gap),
          },
    waits: waitBars(row.waits, Number(row.min_gap)),
  };
}

/** Does the same for links in memory. */
export class LinkTally {
  #total = 0;
  readonly #gaps: number[] = [];
  readonly #unresolved: Partial<Record<UnresolvedReason, number>> = {};
  readonly #byStatus = { unset: 0, ok: 0, error: 0 };
  readonly #services = new Map<string, number>();

  add({ other, gapNs }: ResolvedLink): void {
    this.#total++;
    if (other.resolved) {
      this.#byStatus[other.status]++;
      this.#services.set(other.service, (this.#services.get(other.service) ?? 0) + 1);
      if (gapNs !== null) this.#gaps.push(gapNs);
    } else {
      this.#unresolved[other.reason] = (this.#unresolved[other.reason] ?? 0) + 1;
    }
  }

  rollUp(): LinkRollUp {
    const gaps = Float64Array.from(this.#gaps).sort();
    return {
      total: this.#total,
      resolved: gaps.length,
      unresolved: this.#unresolved,
      byStatus: this.#byStatus,
      services: this.#servicesByCount(),
      gap:
        gaps.length === 0
          ? null
          : {
              minNs: gaps[0]!,
              medianNs: percentile(gaps, 0.5),
              p95Ns: percentile(gaps, 0.95),
              maxNs: gaps.at(-1)!,
            },
      waits: waitBars(countWaits([...gaps]), gaps[0] ?? 0),
    };
  }

  #servicesByCount(): LinkRollUp['services'] {
    return [...this.#services]
      .sort(([a, ofA], [b, ofB]) => ofB - ofA || Buffer.compare(Buffer.from(a), Buffer.from(b)))
      .slice(0, MAX_SERVICES)
      .map(([service, count]) => ({ service, count }));
  }
}

/** The same element as `percentile_disc`. */
function percentile(sorted: Float64Array, share: number): number {
  return sorted[Math.ceil(sorted.length * share) - 1]!;
}
