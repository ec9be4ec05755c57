import type { ProbeSettings } from './config.ts';

/** Data that the preload leaves for the probe. */
export interface EarlyState {
  readonly settings: ProbeSettings;
  /** Files in the module cache when the first tracer provider was registered. */
  loadedAtRegistration: readonly string[] | undefined;
}

/** On the global object, because preload and probe may be loaded in two module systems. */
const EARLY = Symbol.for('span-links.doctor.early');
const shared = globalThis as { [EARLY]?: EarlyState };

export function earlyState(): EarlyState | undefined {
  return shared[EARLY];
}

export function setEarlyState(state: EarlyState): void {
  shared[EARLY] = state;
}
