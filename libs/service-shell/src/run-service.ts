import type { AddressInfo } from 'node:net';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { RequestHandler } from 'express';
import { type AppModule, createHttpApp } from './http-app.ts';
import type { HostGuardOptions } from './host-guard.ts';
import {
  launch,
  type Launched,
  type LaunchOptions,
  listenFailure,
  type ProcessSettings,
  tellFailure,
} from './launch.ts';
import type { OpenApiInfo } from './open-api.ts';
import { RunningRequests } from './running-requests.ts';
import type { ServiceLogger } from './service-logger.ts';
import type { StopStep } from './stopping.ts';
import type { ErrorMapper } from './problem-details.ts';

/** The settings of an HTTP service. */
export interface ServiceSettings extends ProcessSettings {
  /** Default: 127.0.0.1, so that no service is exposed by accident. */
  host?: string;
  /** 0 takes a free port. */
  port: number;
  /** Host names of the service, in addition to those of loopback. Default: any, unless it listens on loopback. */
  hostNames?: readonly string[] | undefined;
}

export interface ServiceOptions<C extends ServiceSettings> extends LaunchOptions<C> {
  config: C | (() => C);
  /**
   * The app's root module, made from its settings. `fail` ends the process in order, with exit code 1; use it when the
   * service loses something that it needs and that will not come back by itself.
   */
  createModule: (
    config: C,
    log: ServiceLogger,
    fail: (reason: string) => void,
  ) => AppModule | Promise<AppModule>;
  openApi: Omit<OpenApiInfo, 'version'>;
  /** The names that the service answers to. Default: from `host` and `hostNames`; undefined allows any name. */
  hostGuard?: (config: C) => HostGuardOptions | undefined;
  /** Handlers that see every request before the shell does, as in `HttpAppOptions`; read after `createModule`. */
  firstHandlers?: (config: C) => readonly RequestHandler[];
  /** Largest accepted request body in bytes. Default: 1 MiB. */
  bodyLimitBytes?: number;
  /** Converts the app's own errors into problems, for example a database that is down into 503 with `Retry-After`. */
  mapError?: ErrorMapper;
  /** The environment variable to name if the port is taken. Default: `PORT`. */
  portVariable?: string;
  /** The variable to name if the address is not of this machine. Default: `HOST`. */
  hostVariable?: string;
  /** Tells whether the service may take a free port if its port is taken. It then logs a warning. Default: never. */
  takesFreePort?: (config: C) => boolean;
  /**
   * The text of the line that tells where the service listens. Default: the address and the place of the API
   * documentation.
   */
  listeningAt?: (url: string) => string;
  /** Runs before Nest's own initialisation hooks, while nothing listens yet: wait for the database, migrate. */
  beforeListen?: (app: NestExpressApplication, config: C) => Promise<void> | void;
  /** Runs when the service listens. Receives its address. */
  afterListen?: (url: string, config: C) => void;
  /** Runs first when the process stops: end the responses that would never end by themselves, such as event streams. */
  onStopping?: readonly StopStep[];
}

/** The message of a service to a parent with an IPC channel once it listens. */
export interface ReadyMessage {
  type: 'ready';
  name: string;
  url: string;
}

/**
 * Runs an HTTP service as this process, from `--help` to its exit code, and resolves when it listens.
 *
 * A failed start ends with one sentence on standard error and exit code 1. SIGINT, SIGTERM and the loss of the parent
 * stop the service in order: `onStopping`, no new connections, running requests end, Nest's shutdown hooks,
 * `onStopped`. The exit code is 0, or 1 if that took longer than `stopDeadlineMs`. A second signal, at least half a
 * second later, exits at once (130, 143).
 */
export async function runService<C extends ServiceSettings>(options: ServiceOptions<C>): Promise<void> {
  const launched = launch<C>(options);
  try {
    await start(options, launched);
  } catch (error) {
    const { log, service } = launched;
    // A start that fails because of a stop signal is not reported as a failure.
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
    module: await options.createModule(config, log, (reason) => {
      log.fatal(`${reason} Stopping.`);
      service.stop(1);
    }),
    openApi: { ...options.openApi, version: options.version },
    log,
    bodyLimitBytes: options.bodyLimitBytes,
    hostGuard: options.hostGuard ? options.hostGuard(config) : { host: config.host, names: config.hostNames },
    firstHandlers: options.firstHandlers?.(config),
    mapError: options.mapError,
  });
  for (const step of options.onStopping ?? []) service.addStopStep(step);
  stopInOrder(app, launched);
  if (service.stopping.aborted) return;
  await options.beforeListen?.(app, config);
  await app.init();
  if (service.stopping.aborted) return;

  const url = await listen(app, launched, options);
  log.log(options.listeningAt?.(url) ?? `listening on ${url}, API documentation at ${url}/docs`);
  options.afterListen?.(url, config);
  const ready: ReadyMessage = { type: 'ready', name: options.name, url };
  // The callback receives the error of a parent that has disconnected meanwhile; without it, the process would crash
  // with that error.
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
  // Nest passes the signal on to the hooks, but its interface of the application lacks the parameter.
  const nest: { close(signal?: string): Promise<void> } = app;
  service.addStopStep({ name: "Nest's shutdown hooks", run: () => nest.close(service.stopSignal) });
}

/**
 * @returns the URL of the service on this machine.
 */
async function listen<C extends ServiceSettings>(
  app: NestExpressApplication,
  { config, log }: Launched<C>,
  {
    portVariable = 'PORT',
    hostVariable = 'HOST',
    takesFreePort,
  }: Pick<ServiceOptions<C>, 'portVariable' | 'hostVariable' | 'takesFreePort'>,
): Promise<string> {
  const host = config.host ?? '127.0.0.1';
  const { port } = config;
  try {
    await app.listen(port, host).catch((error: unknown) => {
      if (!isPortTaken(error) || takesFreePort?.(config) !== true) throw error;
      log.warn(`port ${port} is taken, so a free one is used; ${portVariable} asks for a certain one`);
      return app.listen(0, host);
    });
  } catch (error) {
    throw listenFailure(error, { host, port, portVariable, hostVariable });
  }
  const bound = (app.getHttpServer().address() as AddressInfo).port;
  return `http://${reachable(host)}:${bound}`;
}

function isPortTaken(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
}

function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1';
  if (host === '::') return '[::1]';
  return host.includes(':') ? `[${host}]` : host;
}
