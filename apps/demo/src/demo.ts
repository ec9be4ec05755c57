import { defaultDataDir, holdDatabase } from '@span-links/embedded-postgres';
import type { ServiceLogger } from '@span-links/service-shell';
import { AppProcess } from './app-process.ts';
import type { config } from './config.ts';
import { explorerFor, type RunningExplorer } from './explorer.ts';
import { sendTraffic, tellTally } from './traffic.ts';

type DemoConfig = ReturnType<typeof config>;

/**
 * Brings up the database, the trace explorer, both apps and the traffic, and ends when the signal aborts or an app dies.
 *
 * @returns the exit code.
 */
export async function runDemo(
  signal: AbortSignal,
  settings: DemoConfig,
  log: ServiceLogger,
): Promise<number> {
  const database = await openDatabase(settings, log);
  const apps: AppProcess[] = [];
  let explorer: RunningExplorer | undefined;
  const stopping = new AbortController();
  signal.addEventListener('abort', () => stopping.abort(), { once: true });
  try {
    if (signal.aborted) return 0;
    explorer = await explorerFor(settings, database.url);
    const env = { ...settings.inherited, DATABASE_URL: database.url, ...explorer?.appEnv };
    const api = new AppProcess({ name: 'orders-api', env: { ...env, PORT: String(settings.ordersApiPort) } });
    const batch = new AppProcess({
      name: 'orders-batch',
      env: { ...env, PORT: String(settings.ordersBatchPort), BATCH_CRON: settings.batchCron },
    });
    apps.push(api, batch);
    const [apiUrl, batchUrl] = await Promise.all([api.ready(), batch.ready()]);
    tellWhatRuns(log, { apiUrl, batchUrl, explorer, database: database.name, settings });
    const traffic = sendTraffic({
      url: apiUrl,
      ordersPerSecond: settings.ordersPerSecond,
      signal: stopping.signal,
      onTrouble: (sentence) => log.warn(sentence),
    });
    const death = await firstDeath([...apps, ...(explorer ? [explorer.app] : [])], stopping.signal);
    stopping.abort();
    const tally = await traffic;
    await stopAll(apps, settings.stopDeadlineMs);
    await explorer?.app.stop(settings.stopDeadlineMs);
    log.log(`stopped: ${tellTally(tally)}; what is pending waits in the database for the next start`);
    if (death !== undefined) log.error(death);
    return death === undefined ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 0;
    // The app has said why on a line of its own.
    log.error(error instanceof Error ? error.message : String(error));
    return 1;
  } finally {
    await stopAll(apps, settings.stopDeadlineMs);
    // After the apps, whose last spans are on their way to it.
    await explorer?.app.stop(settings.stopDeadlineMs);
    await database.release();
  }
}

async function openDatabase(settings: DemoConfig, log: ServiceLogger) {
  if (settings.databaseUrl !== undefined) {
    return { url: settings.databaseUrl, name: 'as DATABASE_URL says', release: async () => undefined };
  }
  const dataDir = settings.embeddedPostgresDir ?? defaultDataDir();
  const held = await holdDatabase({ dataDir, onProgress: (line) => log.log(line) });
  return {
    url: held.url,
    name: `embedded PostgreSQL, data in ${held.dataDir}`,
    release: () => held.release(),
  };
}

/** @returns the sentence about the app that died first; `undefined` where the stop came first. */
async function firstDeath(apps: readonly AppProcess[], signal: AbortSignal): Promise<string | undefined> {
  const stop = new Promise<undefined>((resolve) => {
    if (signal.aborted) resolve(undefined);
    signal.addEventListener('abort', () => resolve(undefined), { once: true });
  });
  const deaths = apps.map((app) => app.ended.then((how) => `${app.name} ended by itself (${how})`));
  return Promise.race([stop, ...deaths]);
}

async function stopAll(apps: readonly AppProcess[], deadlineMs: number): Promise<void> {
  await Promise.all(apps.map((app) => app.stop(deadlineMs)));
}

interface Running {
  readonly apiUrl: string;
  readonly batchUrl: string;
  readonly explorer: RunningExplorer | undefined;
  readonly database: string;
  readonly settings: DemoConfig;
}

function tellWhatRuns(log: ServiceLogger, running: Running): void {
  const { apiUrl, batchUrl, database, settings } = running;
  const rate = settings.ordersPerSecond;
  const lines = [
    `orders-api    ${apiUrl}/docs  receives orders`,
    `orders-batch  ${batchUrl}/docs  reconciles them by the clock (${settings.batchCron})`,
    `database      ${database}`,
    rate > 0
      ? `traffic       ${rate} orders/s on average, in bursts; some are invalid`
      : 'traffic       none',
    'Ctrl-C stops everything',
    `traces        ${whereTracesGo(running)}`,
  ];
  lines.forEach((line) => log.log(line));
}

function whereTracesGo({ explorer, settings: { traceBackend } }: Running): string {
  if (explorer) return `see them at ${explorer.url}`;
  if (traceBackend.kind === 'other')
    return `go to ${traceBackend.endpoint}, as the environment says; no explorer is run`;
  return 'none, as the environment says';
}
