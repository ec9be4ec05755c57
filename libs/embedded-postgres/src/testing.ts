export { cloneDatabase } from './admin-connection.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresFailure } from './embedded-postgres-error.ts';
export {
  startPostgresServer,
  type TestPostgresServer,
  type TestPostgresServerOptions,
} from './test-postgres-server.ts';
