// A process that holds the database of argv[2] and follows its parent's commands. Run from dist, like an app.
import pg from 'pg';

const [, , dist, dataDir, mode] = process.argv;
const { holdDatabase } = await import(`${dist}/index.js`);
const progress = [];
const say = (message) => process.send?.(message);

let held;
try {
  held = await holdDatabase({
    dataDir,
    onProgress: (line) => progress.push(line),
    onError: (sentence) => progress.push(`ERROR ${sentence}`),
    onLost: ({ failure, message }) => progress.push(`LOST ${failure} ${message}`),
  });
} catch (error) {
  say({ kind: 'failed', failure: error.failure, message: error.message });
  process.disconnect();
}
if (held !== undefined) {
  const pool = new pg.Pool({ connectionString: held.url, max: 1 });
  pool.on('error', () => {});
  const commands = {
    query: async (sql) => (await pool.query(sql)).rows,
    progress: () => progress,
    release: async () => {
      await pool.end();
      await held.release();
    },
  };
  process.on('message', async ({ id, command, argument }) => {
    try {
      say({ kind: 'done', id, result: (await commands[command](argument)) ?? null });
    } catch (error) {
      say({ kind: 'done', id, error: error.message });
    }
  });
  // The parent is gone or has finished. The hold decides whether the process exits.
  process.on('disconnect', () => void (pool.ending || pool.end()));
  say({ kind: 'held', url: held.url });
  if (mode === 'exit') {
    await pool.end();
    process.disconnect();
  }
}
