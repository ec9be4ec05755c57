export type StopSignal = 'SIGINT' | 'SIGTERM';

/** Why a process has to stop before its work is done. */
export type StopReason =
  | { kind: 'signal'; signal: StopSignal }
  | { kind: 'parent-gone' }
  | { kind: 'crash'; origin: 'uncaughtException' | 'unhandledRejection'; error: unknown };

/** Exit codes of a process that a signal ended, as shells count them: 128 + the signal's number. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Calls `listener` whenever this process has to stop: at SIGINT and SIGTERM, when the parent at the other end of an IPC
 * channel is gone (a killed launcher must leave no orphans), and at an error that nobody caught. Once it listens, none of
 * these ends the process by itself any more. SIGHUP is left alone: a handler would undo `nohup`.
 */
export function watchStopReasons(listener: (reason: StopReason) => void): void {
  for (const signal of Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]) {
    process.on(signal, () => listener({ kind: 'signal', signal }));
  }
  for (const origin of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(origin, (error: unknown) => listener({ kind: 'crash', origin, error }));
  }
  process.on('disconnect', () => listener({ kind: 'parent-gone' }));
  // Undefined without a channel; false when the parent went away before anyone listened.
  if (process.connected === false) listener({ kind: 'parent-gone' });

  // A launcher that dies takes the other end of the pipes with it. The next line logged would then be an uncaught EPIPE,
  // whose report is the next line logged.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
