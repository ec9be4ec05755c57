-- How many links span $2 of trace $1 has together with the spans that share its sources, and how many it should have.
--
-- A fan-in above the link limit is a root span and children named `<name> part k/n` that bear `batch.part`; the totals stand on the
-- root. A link that several sources share says how many in `spanlinks.source_count`. Links to attempts before, to the whole or to
-- what happened to be active are no sources.
WITH own AS (
  SELECT s.id, s.trace_id, CASE
    WHEN s.parent_span_id IS NOT NULL
      AND (coalesce(s.attributes ->> 'batch.part', '1') <> '1' OR o.name ~ ' part [0-9]+/[0-9]+$') THEN s.parent_span_id
    ELSE s.span_id
  END AS whole
  FROM spans s JOIN operations o ON o.id = s.operation
  WHERE s.trace_id = $1::uuid AND s.span_id = $2::bytea
), parts AS MATERIALIZED (
  SELECT s.id, s.link_count, s.dropped_links, s.attributes, s.span_id = own.whole AS is_whole
  FROM own JOIN spans s ON s.trace_id = own.trace_id JOIN operations o ON o.id = s.operation
  WHERE s.span_id = own.whole OR s.id = own.id
    OR s.parent_span_id = own.whole AND s.link_count > 0
      AND (s.attributes ? 'batch.part' OR o.name ~ ' part [0-9]+/[0-9]+$')
), covered AS (
  SELECT sum(CASE
    WHEN coalesce(l.attributes ->> 'spanlinks.relation', '') IN ('previous_attempt', 'part_of', 'ambient') THEN 0
    WHEN jsonb_typeof(l.attributes -> 'spanlinks.source_count') = 'number'
      THEN (l.attributes -> 'spanlinks.source_count')::numeric
    ELSE 1
  END) AS sources
  FROM parts JOIN links l ON l.src = parts.id
), totals AS (
  SELECT attributes FROM parts ORDER BY is_whole DESC LIMIT 1
)
SELECT (SELECT count(*) FROM parts) AS parts,
  (SELECT sum(link_count) FROM parts) AS kept_over_parts,
  (SELECT sum(dropped_links::bigint) FROM parts) AS dropped_over_parts,
  coalesce((SELECT sources FROM covered), 0) AS sources,
  coalesce(attributes -> 'batch.size', attributes -> 'messaging.batch.message_count') AS expected,
  attributes -> 'batch.links.missing' AS missing
FROM totals
