-- Filters know more since this version: attributes of events, members of lists, and which resources and scopes the spans of a block have.
-- Filters of the version before, also those that a process of it still writes, count as none until they are rebuilt.
ALTER TABLE span_blocks ADD COLUMN version smallint NOT NULL DEFAULT 1;

-- Traces that last longer than a minute. A time range asks for spans, and lists are in the order in which traces start: without these, all
-- older traces would have to be looked at for one that is still going on. Times may be wider than those of the trace, never narrower.
CREATE TABLE long_traces (
  trace_id uuid PRIMARY KEY,
  start_ns bigint NOT NULL,
  end_ns bigint NOT NULL
) WITH (fillfactor = 75);
CREATE INDEX long_traces_end ON long_traces (end_ns);
INSERT INTO long_traces
SELECT trace_id, start_ns, end_ns FROM traces WHERE start_ns IS NOT NULL AND end_ns - start_ns > 60000000000;
