/** One thing that a service needs in order to serve, checked at `GET /health/ready`. */
export interface ReadinessCheck {
  /** The key in the response, for example `database`. */
  name: string;
  /**
   * Resolves if the thing works, with details for the response if there are any; rejects otherwise. The signal aborts
   * when time is up.
   */
  check: (signal: AbortSignal) => Promise<Record<string, unknown> | void>;
}

export interface ReadinessOptions {
  /** The required things. Without any, the service is ready as soon as it answers. */
  ready: readonly ReadinessCheck[];
  /** Maximum of one check, in milliseconds. Default: 1000. The checks run in parallel. */
  timeoutMs?: number;
}

/** The injection token of {@link ReadinessOptions}. */
export const READINESS_OPTIONS = Symbol('readiness-options');
