-- Runs with the sums of their batches, newest first.
--
-- $1 one run id or null for all, $2 list only runs that started before this run id or null, $3 most rows
SELECT runs.id, runs.trigger, runs.worker, runs.outcome, runs.error,
       runs.started_at AS "startedAt", runs.finished_at AS "finishedAt",
       sums.batches, sums.orders, sums.links, sums."linksMissing", sums.reconciled, sums.discrepancies, sums.failed
FROM (
  SELECT * FROM runs
  WHERE ($1::uuid IS NULL OR id = $1::uuid) AND ($2::uuid IS NULL OR id < $2::uuid)
  ORDER BY id DESC
  LIMIT $3::int
) AS runs
CROSS JOIN LATERAL (
  SELECT count(*)::int AS batches, coalesce(sum(size), 0)::int AS orders, coalesce(sum(links), 0)::int AS links,
         coalesce(sum(links_missing), 0)::int AS "linksMissing", coalesce(sum(reconciled), 0)::int AS reconciled,
         coalesce(sum(discrepancies), 0)::int AS discrepancies, coalesce(sum(failed), 0)::int AS failed
  FROM batches
  WHERE batches.run_id = runs.id
) AS sums
ORDER BY runs.id DESC
