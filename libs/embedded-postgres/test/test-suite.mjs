// A test suite that never ends by itself: starts a server of the build in argv[2] and prints its address.
import pg from 'pg';

const { startPostgresServer } = await import(`${process.argv[2]}/testing.js`);
const server = await startPostgresServer();
const client = new pg.Client({ connectionString: server.url() });
await client.connect();
const { rows } = await client.query("SELECT current_setting('data_directory') AS data_dir");
const postmaster = await client.query(
  "SELECT (regexp_match(pg_read_file('postmaster.pid'), '^\\d+'))[1]::int AS pid",
);
process.send({ pid: postmaster.rows[0].pid, dataDir: rows[0].data_dir });
