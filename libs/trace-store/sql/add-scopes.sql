INSERT INTO scopes (digest, name, version, attributes, exact, dropped_attributes, schema_url)
SELECT *
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::jsonb[], $5::json[], $6::int[], $7::text[])
ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET used_at = now()
RETURNING id, digest
