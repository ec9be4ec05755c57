import type { LoggerService } from '@nestjs/common';
import {
  runStopSteps,
  SIGNAL_EXIT_CODES,
  type StopReason,
  type StopSignal,
  type StopStep,
  watchStopReasons,
} from './stopping.ts';

export interface ServiceProcessOptions {
  log: LoggerService;
  /** Maximum of a stop, in milliseconds. Default: 8000, which is below a supervisor's usual 10 s. */
  stopDeadlineMs?: number | undefined;
  /** These steps run last, in this order and in every case: flush spans, release the database. */
  onStopped?: readonly StopStep[] | undefined;
}

const STOP_DEADLINE_MS = 8_000;

// One Ctrl-C reaches a process twice within milliseconds if a launcher passes it on as well. Only a later signal comes
// from a person who does not want to wait.
const SAME_REQUEST_WITHIN_MS = 500;

/**
 * Owns the end of this process from the moment it has a valid configuration: when it exits, and with which code.
 *
 * Nest's `enableShutdownHooks()` is not used: it kills the process with the signal again, before `exit` handlers or any
 * step after the application, such as the last flush of spans.
 */
export class ServiceProcess {
  readonly #log: LoggerService;
  readonly #stopDeadlineMs: number;
  readonly #steps: StopStep[] = [];
  readonly #lastSteps: readonly StopStep[];
  readonly #stopping = new AbortController();
  #stopSignal: StopSignal | undefined;
  #stoppingSinceMs = 0;
  #exitCode = 0;

  constructor(options: ServiceProcessOptions) {
    this.#log = options.log;
    this.#stopDeadlineMs = options.stopDeadlineMs ?? STOP_DEADLINE_MS;
    this.#lastSteps = options.onStopped ?? [];
    watchStopReasons((reason) => this.#onStopReason(reason));
  }

  /** Aborts when the process begins to stop. */
  get stopping(): AbortSignal {
    return this.#stopping.signal;
  }

  /** The signal that requested the stop, if there was one. */
  get stopSignal(): StopSignal | undefined {
    return this.#stopSignal;
  }

  /** Adds a step that runs after the earlier added steps and before the `onStopped` ones. */
  addStopStep(step: StopStep): void {
    this.#steps.push(step);
  }

  /** Makes the process exit with at least this code. */
  raiseExitCode(code: number): void {
    this.#exitCode = Math.max(this.#exitCode, code);
  }

  /** Stops in order and exits. Further calls only raise the exit code. */
  stop(exitCode: number): void {
    this.raiseExitCode(exitCode);
    if (this.#stopping.signal.aborted) return;
    this.#stoppingSinceMs = performance.now();
    this.#stopping.abort();
    void this.#runSteps();
  }

  async #runSteps(): Promise<void> {
    const steps = [...this.#steps, ...this.#lastSteps];
    const allEnded = await runStopSteps(steps, { deadlineMs: this.#stopDeadlineMs, log: this.#log });
    if (!allEnded) this.raiseExitCode(1);
    process.exit(this.#exitCode);
  }

  #onStopReason(reason: StopReason): void {
    switch (reason.kind) {
      case 'signal':
        this.#onSignal(reason.signal);
        return;
      case 'parent-gone':
        if (!this.stopping.aborted) this.#log.log('the parent process is gone, stopping');
        this.stop(0);
        return;
      case 'crash':
        this.#log.fatal?.(
          `stopping after an error that nobody caught (${reason.origin})`,
          asError(reason.error),
        );
        this.stop(1);
    }
  }

  #onSignal(signal: StopSignal): void {
    if (!this.stopping.aborted) {
      this.#log.log(`${signal}, stopping`);
      this.#stopSignal = signal;
      this.stop(0);
    } else if (performance.now() - this.#stoppingSinceMs > SAME_REQUEST_WITHIN_MS) {
      this.#log.warn(`${signal} again, exiting at once`);
      process.exit(SIGNAL_EXIT_CODES[signal]);
    }
  }
}

function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}
