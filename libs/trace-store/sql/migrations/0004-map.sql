-- The map of operations, counted as spans come in. All of it can be counted again from spans.

-- The pairs that are counted.
CREATE TABLE map_edges (
  id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- n: the spans of operation a. f: those of its spans that have links, by their number. c: calls from a to b. l: links, from the target's
  -- operation a to the linking operation b.
  kind "char" NOT NULL,
  a int NOT NULL,
  b int NOT NULL,
  -- `spanlinks.relation`; '' for none.
  relation text NOT NULL,
  UNIQUE (kind, a, b, relation)
);

CREATE TABLE map_counts (
  -- Length of a slot in seconds: 60, 600 or 3600.
  level int NOT NULL,
  -- Unix time of the spans' start (of a link, that of the linking span), divided by the level.
  slot bigint NOT NULL,
  edge int NOT NULL,
  -- Of the duration or the wait; see src/map/time-bucket.ts.
  bucket smallint NOT NULL,
  count bigint NOT NULL,
  errors bigint NOT NULL,
  -- The greatest duration or wait among them, in ns.
  most bigint NOT NULL,
  PRIMARY KEY (level, slot, edge, bucket)
) WITH (fillfactor = 75);

-- Ranges of span ids that are not counted yet. They do not overlap. A writer adds the range in the transaction that stores its spans.
CREATE TABLE map_queue (
  first_id bigint PRIMARY KEY,
  last_id bigint NOT NULL
);

-- Calls and links whose other end has not been counted yet.
CREATE TABLE map_waiting (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  -- The other end.
  trace_id uuid NOT NULL,
  span_id bytea NOT NULL,
  kind "char" NOT NULL,
  operation int NOT NULL,
  relation text NOT NULL,
  start_ns bigint NOT NULL,
  is_error boolean NOT NULL
);
CREATE INDEX map_waiting_end ON map_waiting (trace_id, span_id);

ALTER TABLE map_counts SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE map_queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE map_waiting SET (autovacuum_vacuum_scale_factor = 0.1, autovacuum_vacuum_cost_delay = 1);

-- The spans that are here.
INSERT INTO map_queue (first_id, last_id)
SELECT chunk * 1000, chunk * 1000 + 999
FROM (SELECT DISTINCT id / 1000 AS chunk FROM spans) AS chunks;
