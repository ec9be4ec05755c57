import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { createHttpApp } from './http-app.ts';
import type { AppModule } from './http-shell.module.ts';
import { launch, type Launched, type LaunchOptions, type ProcessSettings, tellFailure } from './launch.ts';
import type { OpenApiInfo } from './open-api.ts';
import { RunningRequests } from './running-requests.ts';
import type { ServiceLogger } from './service-logger.ts';
import { listenFailure } from './start-failure.ts';
import type { StopStep } from './stop-steps.ts';
import type { ErrorMapper } from './to-problem.ts';

/** The settings of an HTTP service. */
export interface ServiceSettings extends ProcessSettings {
  /** Default: 127.0.0.1, so that a service is not exposed unasked. */
  host?: string;
  /** 0 takes a free port. */
  port: number;
}

export interface ServiceOptions<C extends ServiceSettings> extends LaunchOptions<C> {
  config: C | (() => C);
  /** The app's root module, made from its settings. */
  createModule: (config: C, log: ServiceLogger) => AppModule | Promise<AppModule>;
  openApi: Omit<OpenApiInfo, 'version'>;
  /** See every request before the shell does, as in `HttpAppOptions`; asked for after `createModule`. */
  firstHandlers?: (config: C) => readonly RequestHandler[];
  /** Largest accepted request body in bytes. Default: 1 MiB. */
  bodyLimitBytes?: number;
  /** Turns the app's own errors into problems, for example a database that is down into 503 with `Retry-After`. */
  mapError?: ErrorMapper;
  /** The environment variable to name when the port is taken. Default: `PORT`. */
  portVariable?: string;
  /** The one to name when the address is not of this machine. Default: `HOST`. */
  hostVariable?: string;
  /** What the line says that tells where the service listens. Default: the address, and where the API documentation is. */
  listeningAt?: (url: string) => string;
  /** Runs before Nest's own initialisation hooks, while nothing listens yet: wait for the database, migrate. */
  beforeListen?: (app: NestExpressApplication, config: C) => Promise<void> | void;
  /** Run first when the process stops: end the responses that would never end by themselves, such as event streams. */
  onStopping?: readonly StopStep[];
}

/** What a service sends to a parent with an IPC channel once it listens. */
export interface ReadyMessage {
  type: 'ready';
  name: string;
  url: string;
}

/**
 * Runs an HTTP service as this process, from `--help` to its exit code, and resolves when it listens.
 *
 * A start that fails ends with one sentence on standard error and exit code 1. SIGINT, SIGTERM and a parent that goes away
 * stop it in order: `onStopping`, no new connections, running requests end, Nest's shutdown hooks, `onStopped`; exit code 0, or 1 if
 * that took longer than `stopDeadlineMs`. A second signal, half a second later or more, exits at once (130, 143).
 */
export async function runService<C extends ServiceSettings>(options: ServiceOptions<C>): Promise<void> {
  const launched = launch<C>(options);
  try {
    await start(options, launched);
  } catch (error) {
    const { log, service } = launched;
    // A start that fails because a signal took its ground away is no failure to tell.
    if (service.stopping.aborted) return;
    tellFailure(options.name, error);
    log.debug('the start failed', error);
    service.stop(1);
  }
}

async function start<C extends ServiceSettings>(
  options: ServiceOptions<C>,
  launched: Launched<C>,
): Promise<void> {
  const { config, log, service } = launched;
  const app = await createHttpApp({
    module: await options.createModule(config, log),
    openApi: { ...options.openApi, version: options.version },
    log,
    bodyLimitBytes: options.bodyLimitBytes,
    firstHandlers: options.firstHandlers?.(config),
    mapError: options.mapError,
  });
  for (const step of options.onStopping ?? []) service.addStopStep(step);
  stopInOrder(app, launched);
  if (service.stopping.aborted) return;
  await options.beforeListen?.(app, config);
  await app.init();
  if (service.stopping.aborted) return;

  const url = await listen(app, config, options);
  log.log(options.listeningAt?.(url) ?? `listening on ${url}, API documentation at ${url}/docs`);
  const ready: ReadyMessage = { type: 'ready', name: options.name, url };
  // The callback takes the error of a parent that hung up meanwhile; without it, the process would crash with that.
  process.send?.(ready, undefined, undefined, () => {});
}

function stopInOrder(app: NestExpressApplication, { service }: Launched<ServiceSettings>): void {
  const requests = new RunningRequests(app.getHttpServer());
  service.addStopStep({
    name: 'requests',
    run: () => requests.stop(),
    stillRunning: () => requests.describe(),
    abandon: () => requests.abandon(),
  });
  // Nest hands the signal on to the hooks, but leaves the parameter out of the application's interface.
  const nest: { close(signal?: string): Promise<void> } = app;
  service.addStopStep({ name: "Nest's shutdown hooks", run: () => nest.close(service.stopSignal) });
}

/** @returns the URL by which the service can be reached from this machine. */
async function listen(
  app: NestExpressApplication,
  config: ServiceSettings,
  {
    portVariable = 'PORT',
    hostVariable = 'HOST',
  }: Pick<ServiceOptions<never>, 'portVariable' | 'hostVariable'>,
): Promise<string> {
  const host = config.host ?? '127.0.0.1';
  try {
    await app.listen(config.port, host);
  } catch (error) {
    throw listenFailure(error, { host, port: config.port, portVariable, hostVariable });
  }
  const { port } = app.getHttpServer().address() as AddressInfo;
  return `http://${reachable(host)}:${port}`;
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
