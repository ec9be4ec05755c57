INSERT INTO map_counts AS known (level, slot, edge, bucket, count, errors, most)
SELECT level, slot, edge, bucket, sum(count), sum(errors), max(most)
FROM unnest($1::int[], $2::bigint[], $3::int[], $4::smallint[], $5::bigint[], $6::bigint[], $7::bigint[])
  AS counted (level, slot, edge, bucket, count, errors, most)
GROUP BY 1, 2, 3, 4
ON CONFLICT (level, slot, edge, bucket) DO UPDATE SET
  count = known.count + excluded.count, errors = known.errors + excluded.errors, most = greatest(known.most, excluded.most)
