import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { takeProbeSettings, type ProbeSettings } from './config.ts';
import { earlyState, setEarlyState, type EarlyState } from './early-state.ts';
import { API_GLOBAL } from './registered-api.ts';

/**
 * Runs before all code of the user: this is the only way to know what was loaded when the SDK came. It registers no
 * listener and patches only the place where the API keeps its registrations, so the observed process is the real one.
 */
function comeEarly(settings: ProbeSettings): void {
  const early: EarlyState = { settings, loadedAtRegistration: undefined };
  setEarlyState(early);
  onFirstAssignment(globalThis, API_GLOBAL, (registrations) => {
    onFirstAssignment(registrations as object, 'trace', () => {
      early.loadedAtRegistration ??= Object.keys(createRequire(`${process.cwd()}/`).cache);
    });
  });
  // A killed command cannot end the process that it started.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), settings.deadlineMs).unref();
  if (settings.mode === 'app') setTimeout(() => void import('./probe.ts'), settings.waitMs);
}

/**
 * The trap fires once and then becomes an ordinary property again: the API assigns its global with each registration,
 * and a permanent trap would forget the earlier registrations.
 */
function onFirstAssignment(target: object, key: PropertyKey, listener: (value: unknown) => void): void {
  Object.defineProperty(target, key, {
    configurable: true,
    enumerable: true,
    get: () => undefined,
    set(value: unknown) {
      Object.defineProperty(target, key, { configurable: true, enumerable: true, writable: true, value });
      listener(value);
    },
  });
}

if (isMainThread && earlyState() === undefined) {
  const settings = takeProbeSettings();
  if (settings !== undefined) comeEarly(settings);
}
