-- Journeys are computed from spans and can be computed again: nothing else refers to these tables.
CREATE TABLE journeys (
  -- The trace that it begins with.
  journey_id uuid PRIMARY KEY,
  start_ns bigint NOT NULL,
  total_ns bigint NOT NULL,
  wait_ns bigint NOT NULL,
  trace_count int NOT NULL,
  -- One of the lasting states; src/journeys/journey-state.ts says what is shown.
  state text NOT NULL,
  settles_at timestamptz,
  overdue_at timestamptz,
  -- When to look again although nothing comes in.
  due_at timestamptz,
  -- When spans of it last came in.
  changed_at timestamptz NOT NULL,
  -- What the list shows, as in libs/explorer-api/src/journey.ts, without the columns above.
  story jsonb NOT NULL,
  -- What usual hand-offs are learnt from: [[span id, operation, is a producer, end in unix ns, {operation: wait in ns}], …].
  hand_offs jsonb NOT NULL
) WITH (fillfactor = 75);

CREATE INDEX journeys_start ON journeys (start_ns, journey_id);
CREATE INDEX journeys_total ON journeys (total_ns, journey_id);
CREATE INDEX journeys_wait ON journeys (wait_ns, journey_id);
CREATE INDEX journeys_state ON journeys (state, start_ns, journey_id);
CREATE INDEX journeys_due ON journeys (due_at) WHERE due_at IS NOT NULL;

-- Which traces a journey has. A batch of 10,000 is in as many journeys.
CREATE TABLE journey_traces (
  trace_id uuid NOT NULL,
  journey_id uuid NOT NULL,
  PRIMARY KEY (trace_id, journey_id)
);
CREATE INDEX journey_traces_journey ON journey_traces (journey_id);

-- Traces whose journeys have to be computed again. Rows are only added and taken: a writer never waits for another one here.
CREATE TABLE journey_queue (
  id bigint GENERATED ALWAYS AS IDENTITY,
  due_at timestamptz NOT NULL,
  trace_id uuid NOT NULL,
  PRIMARY KEY (due_at, id)
);

ALTER TABLE journeys SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
ALTER TABLE journeys ALTER COLUMN story SET STATISTICS 0, ALTER COLUMN hand_offs SET STATISTICS 0;
ALTER TABLE journey_queue SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_delay = 1);

-- The traces that are here: those of links, and those with a producer, whose messages someone may wait for.
INSERT INTO journey_queue (due_at, trace_id)
SELECT now(), trace_id
FROM traces
WHERE span_count > 0 AND (
  link_count > 0 OR backlink_count > 0
  OR EXISTS (SELECT FROM operations WHERE operations.id = ANY (traces.operations) AND kind = 4)
)
ORDER BY start_ns;
