import {
  Controller,
  type DynamicModule,
  type FactoryProvider,
  Get,
  HttpException,
  HttpStatus,
  Inject,
  Module,
  type ModuleMetadata,
  Res,
} from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService, TerminusModule } from '@nestjs/terminus';
import type { Response } from 'express';
import { errorText } from './error-text.ts';

/** One thing that a service needs in order to serve, checked at `GET /health/ready`. */
export interface ReadinessCheck {
  /** The key in the response, for example `database`. */
  name: string;
  /**
   * Resolves if the thing works, with details for the response if there are any; rejects otherwise. The signal aborts
   * when time is up.
   */
  check: (signal: AbortSignal) => Promise<Record<string, unknown> | void>;
}

export interface ReadinessOptions {
  /** The required things. Without any, the service is ready as soon as it answers. */
  ready: readonly ReadinessCheck[];
  /** Maximum of one check, in milliseconds. Default: 1000. The checks run in parallel. */
  timeoutMs?: number;
}

/** The injection token of {@link ReadinessOptions}. */
const READINESS_OPTIONS = Symbol('readiness-options');

const DEFAULT_TIMEOUT_MS = 1_000;

@ApiTags('health')
@Controller('health')
class HealthController {
  readonly #health: HealthCheckService;
  readonly #indicators: HealthIndicatorService;
  readonly #options: ReadinessOptions;

  constructor(
    @Inject(HealthCheckService) health: HealthCheckService,
    @Inject(HealthIndicatorService) indicators: HealthIndicatorService,
    @Inject(READINESS_OPTIONS) options: ReadinessOptions,
  ) {
    this.#health = health;
    this.#indicators = indicators;
    this.#options = options;
  }

  /** Checks only that the process answers: a supervisor must not restart it because its database is down. */
  @Get('live')
  @ApiOkResponse({ description: 'The process answers' })
  live(): { status: 'ok' } {
    return { status: 'ok' };
  }

  /** Terminus reports a failed check by throwing. Its own JSON is the answer here, not a problem body. */
  @Get('ready')
  @HealthCheck()
  async ready(@Res({ passthrough: true }) response: Response): Promise<object> {
    try {
      return await this.#health.check(this.#options.ready.map((check) => () => this.#attempt(check)));
    } catch (error) {
      if (!(error instanceof HttpException)) throw error;
      response.status(HttpStatus.SERVICE_UNAVAILABLE);
      return error.getResponse() as object;
    }
  }

  #attempt({ name, check }: ReadinessCheck) {
    return this.#indicators
      .check(name)
      .attempt(async ({ signal }) => {
        try {
          return await check(signal);
        } catch (error) {
          throw new Error(errorText(error), { cause: error });
        }
      })
      .withTimeout(this.#options.timeoutMs ?? DEFAULT_TIMEOUT_MS);
  }
}

/** Readiness options that need providers of the app, for example its database connection. */
export interface AsyncReadinessOptions {
  imports?: NonNullable<ModuleMetadata['imports']>;
  inject?: NonNullable<FactoryProvider['inject']>;
  // Nest passes the providers that `inject` names; only the caller knows their types.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any
  useFactory: (...providers: any[]) => ReadinessOptions | Promise<ReadinessOptions>;
}

/**
 * `GET /health/live`: 200 as long as the process answers. `GET /health/ready`: 200 if every check passes in time,
 * otherwise 503. Both answer with Terminus' JSON. An unready service logs nothing here, because a probe asks every few
 * seconds.
 */
@Module({})
export class HealthModule {
  static forRoot(options: ReadinessOptions): DynamicModule {
    return this.forRootAsync({ useFactory: () => options });
  }

  static forRootAsync(options: AsyncReadinessOptions): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false }), ...(options.imports ?? [])],
      controllers: [HealthController],
      providers: [
        { provide: READINESS_OPTIONS, inject: options.inject ?? [], useFactory: options.useFactory },
      ],
    };
  }
}
