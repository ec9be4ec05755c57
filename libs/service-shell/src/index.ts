export {
  boolean,
  ConfigError,
  configValue,
  cronExpression,
  databaseConfig,
  durationMs,
  host,
  hostNames,
  integer,
  listenConfig,
  port,
  postgresUrl,
  printConfigHelp,
  processConfig,
  readConfig,
  type ConfigSchema,
  type Environment,
} from './config.ts';

export { runService, type ReadyMessage, type ServiceOptions, type ServiceSettings } from './run-service.ts';
export { runCommand, type CommandOptions } from './run-command.ts';
export type { LaunchOptions, ProcessSettings } from './launch.ts';
export type { StopStep } from './stopping.ts';
export { createHttpApp, type AppModule, type HttpAppOptions } from './http-app.ts';
export { isLoopback, ownNames, type HostGuardOptions, type OwnNames } from './host-guard.ts';
export type { OpenApiInfo } from './open-api.ts';

export {
  ProblemDetailsFilter,
  ProblemException,
  toProblem,
  type ErrorMapper,
  type FieldError,
  type ProblemBody,
  type ProblemDetailsOptions,
  type ProblemOptions,
} from './problem-details.ts';

export { errorText } from './error-text.ts';
export { printable, quoteExternal } from './printable.ts';
export { traceResponse } from './trace-response.ts';
export {
  HealthModule,
  type AsyncReadinessOptions,
  type ReadinessCheck,
  type ReadinessOptions,
} from './health.ts';

export {
  LOG_FORMATS,
  LOG_LEVELS,
  ServiceLogger,
  type LogFormat,
  type LogLevelName,
  type ServiceLoggerOptions,
} from './service-logger.ts';
