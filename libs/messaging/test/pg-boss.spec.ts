import { transportContract } from './contract.ts';

transportContract({
  name: 'pg-boss',
  settings: (url) => ({ name: 'pg-boss', url, schema: 'pgboss' }),
  redeliver: async (world, destination, id) => {
    await world.dataSource.query(
      `UPDATE pgboss.job SET state = 'retry', start_after = now(), completed_on = NULL WHERE id = $1 AND name LIKE $2`,
      [id, `${destination}.%`],
    );
  },
});
