import { type DynamicModule, type FactoryProvider, Module, type ModuleMetadata } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { HealthController } from './health.controller.ts';
import { READINESS_OPTIONS, type ReadinessOptions } from './readiness-check.ts';

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
