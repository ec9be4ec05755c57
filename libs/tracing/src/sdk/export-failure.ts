/** Why an export came to nothing. */
export interface ExportFailure {
  /** For people. */
  readonly reason: string;
  /** For the attribute `error.type`: few values, an errno, a status, a class of error. */
  readonly cause: string;
  /** Whether the same spans may be taken another time. A backend that calls them wrong will not take them later. */
  readonly retryable: boolean;
}

/** What {@link OtlpHttpExporter} fails with. */
export class ExportError extends Error {
  readonly failure: ExportFailure;

  constructor(failure: ExportFailure) {
    super(failure.reason);
    this.name = 'ExportError';
    this.failure = failure;
  }
}

/**
 * Codes of Node.js and gRPC (4, 14) for a backend that is not there right now. Not 8, RESOURCE_EXHAUSTED: it is what
 * receivers answer to a request that is too large, each time.
 */
const TEMPORARY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EPIPE',
  'ETIMEDOUT',
  '4',
  '14',
]);

/** What whatever an exporter fails with says. */
export function failureOf(error: unknown): ExportFailure {
  if (error instanceof ExportError) return error.failure;
  if (!(error instanceof Error)) return { reason: 'export failed', cause: '_OTHER', retryable: false };
  const code = 'code' in error ? String(error.code) : '';
  return {
    reason: [code, error.message].filter((part) => part !== '').join(' ') || error.name,
    cause: code || error.name,
    retryable: TEMPORARY.has(code),
  };
}

/** More kinds of failure than these would be a label without bounds on a metric. */
const MAX_CAUSES = 20;

/** Spans by what kept them from being exported. */
export class FailureCauses {
  readonly #spans = new Map<string, number>();

  add(cause: string, spans: number): void {
    const known = this.#spans.has(cause) || this.#spans.size < MAX_CAUSES ? cause : '_OTHER';
    this.#spans.set(known, (this.#spans.get(known) ?? 0) + spans);
  }

  entries(): IterableIterator<[cause: string, spans: number]> {
    return this.#spans.entries();
  }
}
