import { constants } from 'node:os';
import type { Tracing } from './tracing.ts';

/**
 * Lets a process end as it would without tracing, but sends its last spans first. It ends by the same signal, because
 * its parent looks at that. auto-instrumentations-node/register takes SIGTERM and lets the process live on.
 */
export function flushAtProcessEnd(tracing: Tracing): void {
  // First in line: a listener that the application registered with `once` is already gone when a later listener counts.
  for (const signal of ['SIGTERM', 'SIGINT'] as const) process.prependListener(signal, flushThenDie(tracing));
  process.once('beforeExit', () => void tracing.stop());
}

function flushThenDie(tracing: Tracing): NodeJS.SignalsListener {
  let flushing = false;
  return function onSignal(signal) {
    // The application shuts itself down and calls stopTracing() when its last span has ended. If it then removes its
    // listener and repeats the signal, as NestJS does, the repetition is handled below.
    if (process.listenerCount(signal) > 1) return;
    const die = (): void => {
      process.removeListener(signal, onSignal);
      // The kernel does not deliver signals without a handler to the first process of a container.
      if (process.pid === 1) process.exit(128 + constants.signals[signal]);
      process.kill(process.pid, signal);
    };
    if (flushing) {
      die();
      return;
    }
    flushing = true;
    void tracing.stop().then(die);
  };
}
