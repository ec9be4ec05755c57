/** One thing a service needs in order to serve, asked at `GET /health/ready`. */
export interface ReadinessCheck {
  /** The key in the response, for example `database`. */
  name: string;
  /**
   * Resolves when the thing works, with details for the response if there are any; rejects when it does not. The signal
   * aborts when time is up.
   */
  check: (signal: AbortSignal) => Promise<Record<string, unknown> | void>;
}

export interface ReadinessOptions {
  /** What has to work; none means that the service is ready as soon as it answers. */
  ready: readonly ReadinessCheck[];
  /** How long one check may take, in milliseconds. Default: 1000. The checks run side by side. */
  timeoutMs?: number;
}

/** The injection token of {@link ReadinessOptions}. */
export const READINESS_OPTIONS = Symbol('readiness-options');
