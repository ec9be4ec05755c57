import type { Facts } from './facts.ts';

/**
 * A separate pipe: standard output belongs to the user's code, and an IPC channel would be visible in `process.send`.
 */
export const REPORT_FD = 3;

/** A line that the probed process writes. */
export type ProbeMessage = { readonly facts: Facts } | { readonly flushed: true };
