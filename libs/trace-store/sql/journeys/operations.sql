SELECT id, service, name, kind FROM operations WHERE id = ANY ($1::int[])
