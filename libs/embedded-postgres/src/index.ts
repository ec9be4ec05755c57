export { defaultDataDir } from './cluster.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresFailure } from './embedded-postgres-error.ts';
export { holdDatabase, type HeldDatabase, type HoldDatabaseOptions } from './hold-database.ts';
