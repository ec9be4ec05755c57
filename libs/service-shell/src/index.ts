export { ConfigError, readConfig, type ConfigSchema, type Environment } from './read-config.ts';
export { printConfigHelp } from './config-help.ts';
export {
  boolean,
  configValue,
  cronExpression,
  durationMs,
  host,
  integer,
  port,
  postgresUrl,
} from './config-values.ts';
export { databaseConfig, hostNames, listenConfig, processConfig } from './shell-config.ts';

export { runService, type ReadyMessage, type ServiceOptions, type ServiceSettings } from './run-service.ts';
export { runCommand, type CommandOptions } from './run-command.ts';
export type { LaunchOptions, ProcessSettings } from './launch.ts';
export type { StopStep } from './stop-steps.ts';
export { createHttpApp, type HttpAppOptions } from './http-app.ts';
export { isLoopback, ownNames, type HostGuardOptions, type OwnNames } from './host-guard.ts';
export type { AppModule } from './http-shell.module.ts';
export type { OpenApiInfo } from './open-api.ts';

export {
  ProblemException,
  type FieldError,
  type ProblemBody,
  type ProblemOptions,
} from './problem-exception.ts';
export { ProblemDetailsFilter, type ProblemDetailsOptions } from './problem-details.filter.ts';
export { toProblem, type ErrorMapper } from './to-problem.ts';

export { errorText } from './error-text.ts';
export { printable, quoteExternal } from './printable.ts';
export { traceResponse } from './trace-response.ts';
export { HealthModule, type AsyncReadinessOptions } from './health.module.ts';
export type { ReadinessCheck, ReadinessOptions } from './readiness-check.ts';

export {
  LOG_FORMATS,
  LOG_LEVELS,
  ServiceLogger,
  type LogFormat,
  type LogLevelName,
  type ServiceLoggerOptions,
} from './service-logger.ts';
