-- COPY has no ON CONFLICT. The order is that in which a plain COPY of other writers takes its
-- locks.
INSERT INTO spans
SELECT *
FROM incoming_spans
ORDER BY start_ns, trace_id, span_id
ON CONFLICT (trace_id, span_id) DO NOTHING
RETURNING id
