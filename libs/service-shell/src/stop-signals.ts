export type StopSignal = 'SIGINT' | 'SIGTERM';

/** The reasons why a process must stop before its work is done. */
export type StopReason =
  | { kind: 'signal'; signal: StopSignal }
  | { kind: 'parent-gone' }
  | { kind: 'crash'; origin: 'uncaughtException' | 'unhandledRejection'; error: unknown };

/** Exit codes of a process that a signal ended, in the convention of shells: 128 + the signal's number. */
export const SIGNAL_EXIT_CODES: Readonly<Record<StopSignal, number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Calls `listener` whenever this process must stop: at SIGINT and SIGTERM, when the parent at the other end of an IPC
 * channel is gone (a killed launcher must leave no orphans), and at an uncaught error. None of these then ends the
 * process by itself any more. SIGHUP is left alone, because a handler would undo `nohup`.
 */
export function watchStopReasons(listener: (reason: StopReason) => void): void {
  for (const signal of Object.keys(SIGNAL_EXIT_CODES) as StopSignal[]) {
    process.on(signal, () => listener({ kind: 'signal', signal }));
  }
  for (const origin of ['uncaughtException', 'unhandledRejection'] as const) {
    process.on(origin, (error: unknown) => listener({ kind: 'crash', origin, error }));
  }
  process.on('disconnect', () => listener({ kind: 'parent-gone' }));
  // Undefined without a channel; false if the parent left before anyone listened.
  if (process.connected === false) listener({ kind: 'parent-gone' });

  // A launcher that dies closes the other end of the pipes. The next log line would then be an uncaught EPIPE, and its
  // report would be the next log line.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {});
}
