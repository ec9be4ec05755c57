INSERT INTO map_edges (kind, a, b, relation)
SELECT * FROM unnest($1::"char"[], $2::int[], $3::int[], $4::text[])
ON CONFLICT (kind, a, b, relation) DO UPDATE SET relation = excluded.relation
RETURNING id, kind, a, b, relation
