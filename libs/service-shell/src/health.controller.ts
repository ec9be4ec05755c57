import { Controller, Get, HttpException, HttpStatus, Inject, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { HealthCheck, HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import type { Response } from 'express';
import { errorText } from './error-text.ts';
import { READINESS_OPTIONS, type ReadinessCheck, type ReadinessOptions } from './readiness-check.ts';

const DEFAULT_TIMEOUT_MS = 1_000;

@ApiTags('health')
@Controller('health')
export class HealthController {
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
