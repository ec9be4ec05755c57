import { launch, type LaunchOptions, type ProcessSettings, tellFailure } from './launch.ts';
import { ConfigError } from './config.ts';
import type { ServiceLogger } from './service-logger.ts';

export interface CommandOptions<C extends ProcessSettings | undefined> extends LaunchOptions<C> {
  /**
   * Does the work and resolves with the exit code. When `signal` aborts, the process has to stop: finish the started
   * work in order and resolve.
   */
  run: (signal: AbortSignal, config: C, log: ServiceLogger) => Promise<number>;
}

/**
 * Runs a command that does its work once, as this process. It stops like {@link runService}: a signal or the loss of
 * the parent aborts the signal and waits for the command, then the `onStopped` steps run, all within `stopDeadlineMs`.
 * The exit code is the command's own, or 1 if it throws.
 */
export async function runCommand<C extends ProcessSettings | undefined = undefined>(
  options: CommandOptions<C>,
): Promise<void> {
  const { config, log, service } = launch<C>(options);
  const work = (async () => {
    try {
      service.raiseExitCode(await options.run(service.stopping, config, log));
    } catch (error) {
      service.raiseExitCode(1);
      if (error instanceof ConfigError) tellFailure(options.name, error);
      else log.error('failed', error);
    }
  })();
  service.addStopStep({ name: 'the command', run: () => work });
  await work;
  service.stop(0);
}
