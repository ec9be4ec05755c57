export { defaultDataDir } from './default-data-dir.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresFailure } from './embedded-postgres-error.ts';
export { holdDatabase, type HeldDatabase, type HoldDatabaseOptions } from './hold-database.ts';
