SELECT map_edges.id, map_edges.kind, a, b, relation, from_op.service, from_op.name, from_op.kind AS span_kind
FROM map_edges
JOIN operations AS from_op ON from_op.id = a
