SELECT slot FROM map_counts WHERE level = $1::int AND slot BETWEEN $2::bigint AND $3::bigint ORDER BY slot LIMIT 1
