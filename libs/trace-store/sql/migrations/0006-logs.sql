-- Log records come and go in batches, one per commit: retention reads the age and the size of a batch and never counts records.
CREATE TABLE log_batches (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  received_at timestamptz NOT NULL DEFAULT now(),
  -- What its records take on the disk with their share of the indexes, estimated.
  bytes bigint NOT NULL,
  records int NOT NULL
);
CREATE INDEX log_batches_received ON log_batches (received_at, id);

CREATE TABLE logs (
  batch bigint NOT NULL,
  -- Its place in the batch, from 0.
  idx int NOT NULL,
  -- Null where the record says none, or no valid one.
  trace_id uuid,
  span_id bytea,
  -- Unix time of the event; if the sender does not know it, the time at which it was observed or received.
  time_ns bigint NOT NULL,
  observed_ns bigint,
  -- As in OTLP: 1 to 24, 0 for none.
  severity smallint NOT NULL,
  severity_text text,
  event_name text,
  -- A text body as it is, any other as plain JSON; `exact` then has it typed. Null for none.
  body text,
  attributes jsonb,
  dropped_attributes int NOT NULL,
  flags int NOT NULL,
  resource int NOT NULL,
  scope int NOT NULL,
  -- As on spans: what the columns cannot hold.
  exact json,
  PRIMARY KEY (batch, idx)
);
CREATE INDEX logs_trace ON logs (trace_id, span_id, time_ns) WHERE trace_id IS NOT NULL;
CREATE INDEX logs_time ON logs (time_ns, batch, idx);
CREATE INDEX logs_resource ON logs (resource, time_ns, batch, idx);
ALTER TABLE logs SET (autovacuum_vacuum_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 1);
