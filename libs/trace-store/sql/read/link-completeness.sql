-- The number of links that span $2 of trace $1 has together with the spans that share its sources,
-- and the number that it should have.
--
-- A fan-in above the link limit is a root span and children named `<name> part k/n` with
-- `spanlinks.part`; the totals are on the root. A link that several sources share counts them in
-- `spanlinks.source_count`. Links to previous attempts, to the whole or to the active span are no
-- sources. Stored traces of earlier versions have `batch.part` and `batch.links.missing` instead.
--
-- A span that polls or receives messages is complete with its children: each processes one message
-- and has its link. A child that consumes a message and has no link shows that a message came
-- without a context.
WITH own AS (
  SELECT s.id, s.trace_id, s.attributes ?| array['messaging.operation.type', 'messaging.operation', 'messaging.operation.name'] AND (
      s.attributes ->> 'messaging.operation.type' = 'receive' OR s.attributes ->> 'messaging.operation' IN ('receive', 'poll')
      OR s.attributes ->> 'messaging.operation.name' IN ('receive', 'poll')
    ) IS TRUE AS polls, CASE
    WHEN s.parent_span_id IS NOT NULL
      AND (coalesce(s.attributes ->> 'spanlinks.part', s.attributes ->> 'batch.part', '1') <> '1' OR o.name ~ ' part [0-9]+/[0-9]+$') THEN s.parent_span_id
    ELSE s.span_id
  END AS whole
  FROM spans s JOIN operations o ON o.id = s.operation
  WHERE s.trace_id = $1::uuid AND s.span_id = $2::bytea
), parts AS MATERIALIZED (
  SELECT s.id, s.link_count, s.dropped_links, s.attributes, s.span_id = own.whole AS is_whole, o.kind,
    own.polls AND s.parent_span_id = own.whole AND s.link_count = 0 AND o.kind = 5 AS lacks_context
  FROM own JOIN spans s ON s.trace_id = own.trace_id JOIN operations o ON o.id = s.operation
  WHERE s.span_id = own.whole OR s.id = own.id
    OR s.parent_span_id = own.whole AND own.polls AND (s.link_count > 0 OR o.kind = 5)
    OR s.parent_span_id = own.whole AND s.link_count > 0
      AND (s.attributes ?| array['spanlinks.part', 'batch.part'] OR o.name ~ ' part [0-9]+/[0-9]+$')
), covered AS (
  SELECT sum(CASE
    WHEN coalesce(l.attributes ->> 'spanlinks.relation', '') IN ('previous_attempt', 'part_of', 'ambient') THEN 0
    WHEN jsonb_typeof(l.attributes -> 'spanlinks.source_count') = 'number'
      THEN (l.attributes -> 'spanlinks.source_count')::numeric
    ELSE 1
  END) AS sources
  FROM parts JOIN links l ON l.src = parts.id
), totals AS (
  SELECT attributes, kind FROM parts ORDER BY is_whole DESC LIMIT 1
)
SELECT (SELECT count(*) FROM parts) AS parts,
  (SELECT sum(link_count) FROM parts) AS kept_over_parts,
  (SELECT sum(dropped_links::bigint) FROM parts) AS dropped_over_parts,
  coalesce((SELECT sources FROM covered), 0) AS sources,
  -- A PRODUCER that sends many messages gives them its own context, so it cannot link to contexts
  -- of theirs.
  CASE WHEN kind = 4 AND NOT attributes ? 'batch.size' THEN NULL
    ELSE coalesce(attributes -> 'batch.size', attributes -> 'messaging.batch.message_count') END AS expected,
  coalesce(
    attributes -> 'spanlinks.links.missing', attributes -> 'batch.links.missing',
    (SELECT to_jsonb(nullif(count(*), 0)) FROM parts WHERE lacks_context)
  ) AS missing
FROM totals
