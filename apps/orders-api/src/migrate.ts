import 'reflect-metadata';
import { openOrdersDatabase } from '@span-links/orders-data';
import { runCommand } from '@span-links/service-shell';
import { config, configHelp } from './config.ts';

// The apps migrate at their start too. This command is for deployments that migrate in a separate step before any app.
await runCommand({
  name: 'orders-api migrate',
  config,
  configHelp,
  run: async (_signal, settings, log) => {
    const database = await openOrdersDatabase({
      url: settings.databaseUrl,
      embeddedDir: settings.embeddedPostgresDir,
      applicationName: 'orders-api migrate',
      // One connection holds the lock, the other migrates.
      poolSize: 2,
      connectTimeoutMs: settings.databaseConnectTimeoutMs,
      onProgress: (line) => log.log(line),
      onTrouble: (line) => log.warn(line),
    });
    if (database.applied.length === 0) log.log('the database is up to date');
    await database.close();
    return 0;
  },
});
