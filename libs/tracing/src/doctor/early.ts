import { createRequire } from 'node:module';
import { isMainThread } from 'node:worker_threads';
import { takeProbeSettings, type ProbeSettings } from './config.ts';
import { earlyState, setEarlyState, type EarlyState } from './early-state.ts';
import { API_GLOBAL } from './registered-api.ts';

/**
 * Runs before anything of the user's: only so is it known what was loaded when the SDK came. It registers no listener
 * and patches nothing but the place where the API keeps its registrations, so that what is looked at is what runs.
 */
function comeEarly(settings: ProbeSettings): void {
  const early: EarlyState = { settings, loadedAtRegistration: undefined };
  setEarlyState(early);
  onFirstAssignment(globalThis, API_GLOBAL, (registrations) => {
    onFirstAssignment(registrations as object, 'trace', () => {
      early.loadedAtRegistration ??= Object.keys(createRequire(`${process.cwd()}/`).cache);
    });
  });
  // A command that was killed cannot end what it started.
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), settings.deadlineMs).unref();
  if (settings.mode === 'app') setTimeout(() => void import('./probe.ts'), settings.waitMs);
}

/**
 * Once, and then it is an ordinary property again: the API assigns its global anew with each registration, and a trap
 * that stayed would forget what had been registered before.
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
