INSERT INTO operations (digest, service, name, kind)
SELECT *
FROM unnest($1::bytea[], $2::text[], $3::text[], $4::smallint[])
ORDER BY 1
ON CONFLICT (digest) DO UPDATE SET used_at = now()
RETURNING id, digest
