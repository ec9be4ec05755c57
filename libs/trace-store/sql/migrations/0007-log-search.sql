-- A digest of the whole record and of its number among equal records of one request. With the time it says whether a record is stored already.
-- Null where the record has no time, which nothing can tell from a new one, and in rows of the version before.
ALTER TABLE logs ADD COLUMN digest uuid;
CREATE UNIQUE INDEX logs_digest ON logs (time_ns, digest) WHERE digest IS NOT NULL;

CREATE INDEX logs_event ON logs (event_name, time_ns, batch, idx) WHERE event_name IS NOT NULL;
-- Finds the spans whose log records have an attribute. Filters of blocks know spans only, and a log record may come after their block is sealed.
CREATE INDEX logs_attributes ON logs USING gin (attributes jsonb_path_ops) WHERE trace_id IS NOT NULL;
