import type { Facts } from './facts.ts';

/** A pipe of its own: standard output belongs to the user's code, and an IPC channel would show in `process.send`. */
export const REPORT_FD = 3;

/** A line that the probed process writes. */
export type ProbeMessage = { readonly facts: Facts } | { readonly flushed: true };
