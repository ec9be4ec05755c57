import { type DynamicModule, type LoggerService, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost, NestFactory } from '@nestjs/core';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { Express, NextFunction, Request, RequestHandler, Response } from 'express';
import { hostGuard, type HostGuardOptions } from './host-guard.ts';
import { type OpenApiInfo, serveOpenApi } from './open-api.ts';
import {
  type ErrorMapper,
  methodNotAllowed,
  ProblemDetailsFilter,
  type ProblemDetailsOptions,
  ProblemException,
} from './problem-details.ts';

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

/** An app's root module. */
export type AppModule = NonNullable<DynamicModule['imports']>[number];

/**
 * The module around an app's own. It registers the problem filter here rather than with `useGlobalFilters`, because
 * filters of the inner modules then come first, so an app's own filter stays in force.
 */
@Module({})
class HttpShellModule implements OnModuleInit {
  readonly #adapterHost: HttpAdapterHost;

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost;
  }

  static around(app: AppModule, options: ProblemDetailsOptions): DynamicModule {
    return {
      module: HttpShellModule,
      imports: [app],
      providers: [{ provide: APP_FILTER, useValue: new ProblemDetailsFilter(options) }],
    };
  }

  /** Nest calls this hook after it has mounted the routes and before it mounts its 404 handler. */
  onModuleInit(): void {
    const express = this.#adapterHost.httpAdapter.getInstance<Express>();
    express.use(methodNotAllowed(express));
  }
}

/** Default limit of a request body in bytes: 1 MiB, inclusive. It counts after decompression. */
const BODY_LIMIT_BYTES = 1024 * 1024;

// Includes any "+json" type, because a client that sends application/vnd.api+json means JSON.
const JSON_TYPES = ['application/json', 'application/*+json'];

/** Reads JSON bodies up to a limit and refuses other bodies with 415. */
function useJsonBodies(app: NestExpressApplication, options: { limitBytes: number }): void {
  app.useBodyParser('json', { limit: options.limitBytes, type: JSON_TYPES });
  app.use(refuseOtherBodies);
}

/**
 * Refuses bodies of other types. Otherwise the handler would see no body, and a client that forgot its Content-Type
 * (curl -d sends a form) would read that every field is missing.
 */
function refuseOtherBodies(request: Request, _response: Response, next: NextFunction): void {
  const hasBody =
    request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
  if (!hasBody || request.is(JSON_TYPES) !== false) {
    next();
    return;
  }
  const sent = request.headers['content-type'];
  next(
    new ProblemException({
      status: 415,
      detail: `The body has ${sent === undefined ? 'no Content-Type' : `the type ${sent}`}; send application/json.`,
      headers: { accept: 'application/json' },
    }),
  );
}

/**
 * Response headers for an API with a Swagger UI, and a guard against forged cross-site requests.
 *
 * The UI needs only this service, so no other origin is allowed, but its inline styles and data images are. HSTS and
 * upgrade-insecure-requests are missing, because the service speaks plain HTTP (a proxy with TLS adds them) and some
 * browsers apply the latter to 127.0.0.1, which leaves the UI blank.
 */
function useSecurityDefaults(app: NestExpressApplication): void {
  app.useSecurityHeaders({
    strictTransportSecurity: false,
    // The policy's frame-ancestors has the same effect.
    xFrameOptions: false,
    // These headers are for very old browsers or useless for an API, but add bytes to every response.
    originAgentCluster: false,
    xDnsPrefetchControl: false,
    xDownloadOptions: false,
    xPermittedCrossDomainPolicies: false,
    xXssProtection: false,
    contentSecurityPolicy: {
      useDefaults: false,
      directives: {
        'default-src': ["'self'"],
        'base-uri': ["'none'"],
        'form-action': ["'self'"],
        'frame-ancestors': ["'none'"],
        'img-src': ["'self'", 'data:'],
        'object-src': ["'none'"],
        'style-src': ["'self'", "'unsafe-inline'"],
      },
    },
  });
  // Every page that a developer has open can reach a service on 127.0.0.1: a form on such a page could POST without a
  // preflight. Clients other than browsers send none of the headers that this checks, so they are not affected.
  app.enableCsrfProtection();
}
