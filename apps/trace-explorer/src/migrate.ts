import { runCommand } from '@span-links/service-shell';
import { migrateTraceDatabase } from '@span-links/trace-store';
import { config, configHelp } from './config.ts';
import { serverOf } from './explorer.ts';

// The explorer also migrates at its start. This command is for deployments with a separate
// migration step.
await runCommand({
  name: 'trace-explorer migrate',
  config,
  configHelp,
  run: async (_signal, settings, log) => {
    const server = await serverOf(settings, log);
    try {
      const applied = await migrateTraceDatabase({
        url: server.url,
        applicationName: 'trace-explorer migrate',
        connectTimeoutMs: settings.databaseConnectTimeoutMs,
        onTrouble: (line) => log.warn(line),
      });
      log.log(
        applied.length > 0 ? `trace store migrated: ${applied.join(', ')}` : 'the trace store is up to date',
      );
      return 0;
    } finally {
      await server.release();
    }
  },
});
