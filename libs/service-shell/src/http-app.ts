import { NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { LoggerService } from '@nestjs/common';
import type { RequestHandler } from 'express';
import { hostGuard, type HostGuardOptions } from './host-guard.ts';
import { type AppModule, HttpShellModule } from './http-shell.module.ts';
import { BODY_LIMIT_BYTES, useJsonBodies } from './json-bodies.ts';
import { type OpenApiInfo, serveOpenApi } from './open-api.ts';
import { useSecurityDefaults } from './security.ts';
import type { ErrorMapper } from './to-problem.ts';

export interface HttpAppOptions {
  module: AppModule;
  openApi: OpenApiInfo;
  /** The logger of Nest and of the app. */
  log: LoggerService;
  /** Largest accepted request body in bytes. Default: 1 MiB. */
  bodyLimitBytes?: number | undefined;
  /** The names that the service answers to; others get 421. Default: any name. */
  hostGuard?: HostGuardOptions | undefined;
  /**
   * Handlers that see every request after the host guard, but before the shell's headers, its guard against forged
   * requests and its JSON bodies: for another protocol on the same port, or access control. Default: none.
   */
  firstHandlers?: readonly RequestHandler[] | undefined;
  /** Converts the app's own errors into problems. */
  mapError?: ErrorMapper | undefined;
}

// Node.js gives a request 300 s to arrive. No body here is larger than the limit above, so a client that needs a minute
// is broken or malicious, and it would delay an orderly stop.
const REQUEST_ARRIVES_WITHIN_MS = 60_000;

/**
 * A Nest application on Express with all parts of the shell except the process: problem details, JSON bodies with a
 * limit, security headers, OpenAPI. `runService` listens with it; a test calls `listen(0)` and `close()` itself.
 */
export async function createHttpApp(options: HttpAppOptions): Promise<NestExpressApplication> {
  const app = await NestFactory.create<NestExpressApplication>(
    HttpShellModule.around(options.module, { mapError: options.mapError }),
    { abortOnError: false, bodyParser: false, logger: options.log },
  );
  const guard = options.hostGuard && hostGuard(options.hostGuard);
  if (guard) app.use(guard);
  for (const handler of options.firstHandlers ?? []) app.use(handler);
  useSecurityDefaults(app);
  useJsonBodies(app, { limitBytes: options.bodyLimitBytes ?? BODY_LIMIT_BYTES });
  serveOpenApi(app, options.openApi);
  app.getHttpServer().requestTimeout = REQUEST_ARRIVES_WITHIN_MS;
  return app;
}
