import { type DynamicModule, Module, type OnModuleInit } from '@nestjs/common';
import { APP_FILTER, HttpAdapterHost } from '@nestjs/core';
import type { Express } from 'express';
import { methodNotAllowed } from './method-not-allowed.ts';
import { ProblemDetailsFilter, type ProblemDetailsOptions } from './problem-details.filter.ts';

/** An app's root module. */
export type AppModule = NonNullable<DynamicModule['imports']>[number];

/**
 * The module around an app's own. It registers the problem filter here rather than with `useGlobalFilters`, because
 * filters of the inner modules then come first, so an app's own filter stays in force.
 */
@Module({})
export class HttpShellModule implements OnModuleInit {
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
