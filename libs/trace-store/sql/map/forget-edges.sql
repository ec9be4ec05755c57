DELETE FROM map_edges WHERE NOT EXISTS (SELECT FROM map_counts WHERE edge = map_edges.id)
