import { dirname, join } from 'node:path';
import { defaultDataDir, holdDatabase } from '@span-links/embedded-postgres';
import { errorText, type ServiceLogger } from '@span-links/service-shell';
import { AppProcess } from './app-process.ts';
import type { config } from './config.ts';
import { explorerFor, type RunningExplorer } from './explorer.ts';
import { sendTraffic, tellTally } from './traffic.ts';

type DemoConfig = ReturnType<typeof config>;

/**
 * Starts the database, the trace explorer, the apps and the traffic. Ends when the signal aborts or an app dies.
 *
 * @returns the exit code.
 */
export async function runDemo(
  signal: AbortSignal,
  settings: DemoConfig,
  log: ServiceLogger,
): Promise<number> {
  const apps: AppProcess[] = [];
  let explorer: RunningExplorer | undefined;
  const stopping = new AbortController();
  let tellLoss: (reason: string) => void = () => undefined;
  const loss = new Promise<string>((resolve) => (tellLoss = resolve));
  const database = await openDatabase(settings, log, tellLoss);
  signal.addEventListener('abort', () => stopping.abort(), { once: true });
  try {
    if (signal.aborted) return 0;
    explorer = await explorerFor(settings, database.url);
    const env = {
      // Beside the database, so that a demo leaves only .data.
      SPAN_LINKS_JOURNAL: join(dirname(settings.embeddedPostgresDir ?? defaultDataDir()), 'journal'),
      ...settings.inherited,
      DATABASE_URL: database.url,
      ...explorer?.appEnv,
    };
    const api = new AppProcess({ name: 'orders-api', env: { ...env, PORT: String(settings.ordersApiPort) } });
    const batch = new AppProcess({
      name: 'orders-batch',
      env: { ...env, PORT: String(settings.ordersBatchPort), BATCH_CRON: settings.batchCron },
    });
    const fulfilment = new AppProcess({
      name: 'orders-fulfilment',
      env: { ...env, PORT: String(settings.ordersFulfilmentPort) },
    });
    apps.push(api, fulfilment, batch);
    const [apiUrl = '', fulfilmentUrl = '', batchUrl = ''] = await Promise.all(
      apps.map((app) => app.ready()),
    );
    tellWhatRuns(log, { apiUrl, fulfilmentUrl, batchUrl, explorer, database: database.name, settings });
    const traffic = sendTraffic({
      url: apiUrl,
      ordersPerSecond: settings.ordersPerSecond,
      signal: stopping.signal,
      onTrouble: (sentence) => log.warn(sentence),
    });
    const deaths = firstDeath([...apps, ...(explorer ? [explorer.app] : [])], stopping.signal);
    const death = await Promise.race([deaths, loss]);
    stopping.abort();
    const tally = await traffic;
    await stopAll(apps, settings.stopDeadlineMs);
    await explorer?.app.stop(settings.stopDeadlineMs);
    log.log(`stopped: ${tellTally(tally)}; what is pending waits in the database for the next start`);
    if (death !== undefined) log.error(death);
    return death === undefined ? 0 : 1;
  } catch (error) {
    if (signal.aborted) return 0;
    // The app has already logged the reason.
    log.error(errorText(error));
    return 1;
  } finally {
    await stopAll(apps, settings.stopDeadlineMs);
    // Stops after the apps, because they are sending it their last spans.
    await explorer?.app.stop(settings.stopDeadlineMs);
    await database.release();
  }
}

async function openDatabase(settings: DemoConfig, log: ServiceLogger, onLost: (reason: string) => void) {
  if (settings.databaseUrl !== undefined) {
    return { url: settings.databaseUrl, name: 'as DATABASE_URL says', release: async () => undefined };
  }
  const dataDir = settings.embeddedPostgresDir ?? defaultDataDir();
  const held = await holdDatabase({
    dataDir,
    onProgress: (line) => log.log(line),
    onError: (sentence) => log.error(sentence),
    onLost: ({ message }) => onLost(message),
  });
  return {
    url: held.url,
    name: `embedded PostgreSQL, data in ${held.dataDir}`,
    release: () => held.release(),
  };
}

/** @returns the sentence about the app that died first; `undefined` if the stop came first. */
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
  readonly fulfilmentUrl: string;
  readonly batchUrl: string;
  readonly explorer: RunningExplorer | undefined;
  readonly database: string;
  readonly settings: DemoConfig;
}

function tellWhatRuns(log: ServiceLogger, running: Running): void {
  const { apiUrl, fulfilmentUrl, batchUrl, database, settings } = running;
  const rate = settings.ordersPerSecond;
  const lines = [
    `orders-api         ${apiUrl}/docs  receives orders and publishes them`,
    `orders-fulfilment  ${fulfilmentUrl}/docs  ships and invoices them as their messages arrive`,
    `orders-batch       ${batchUrl}/docs  reconciles them by the clock (${settings.batchCron})`,
    `database           ${database}`,
    rate > 0
      ? `traffic            ${rate} orders/s on average, in bursts; some are invalid, some fail on purpose`
      : 'traffic            none',
    'Ctrl-C stops everything',
    `traces             ${whereTracesGo(running)}`,
  ];
  lines.forEach((line) => log.log(line));
}

function whereTracesGo({ explorer, settings: { traceBackend } }: Running): string {
  if (explorer) return `see them at ${explorer.url} (Journeys: click an order that is done)`;
  if (traceBackend.kind === 'other')
    return `go to ${traceBackend.endpoint}, as the environment says; no explorer is run`;
  return 'none, as the environment says';
}
