INSERT INTO resources (digest, service, attributes, exact, dropped_attributes, schema_url)
SELECT *
FROM unnest($1::bytea[], $2::text[], $3::jsonb[], $4::json[], $5::int[], $6::text[])
-- Two writers with the same new rows take their locks in the same order.
ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET used_at = now()
RETURNING id, digest
