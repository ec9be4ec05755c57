import { printableText } from './printable-text.ts';

/** Why an export failed. */
export interface ExportFailure {
  /** For people to read: printable and bounded. */
  readonly reason: string;
  /** For the attribute `error.type`: few values, an errno, a status, a class of error. */
  readonly cause: string;
  /** Whether the same spans may succeed later. A backend that rejects them as wrong will not take them later. */
  readonly retryable: boolean;
  /** The exporter has not answered, so the backend may have taken the spans, or may still take them. */
  readonly isUnanswered?: true;
  /** Milliseconds that the backend asks to wait. */
  readonly retryAfterMs?: number;
}

/** The error of {@link OtlpHttpExporter}. */
export class ExportError extends Error {
  readonly failure: ExportFailure;

  constructor(failure: ExportFailure) {
    super(failure.reason);
    this.name = 'ExportError';
    this.failure = failure;
  }
}

/** The statuses that OTLP/HTTP calls retryable. */
const RETRYABLE_STATUSES = new Set([429, 502, 503, 504]);

/**
 * Codes of gRPC that OTLP calls retryable. Not 8, RESOURCE_EXHAUSTED: receivers answer it to a request that is too
 * large, each time.
 */
const RETRYABLE_GRPC_CODES = new Set([1, 4, 10, 11, 14, 15]);

/** Whether the same request may succeed later, by the status of the response. */
export function isRetryableStatus(status: number): boolean {
  return RETRYABLE_STATUSES.has(status);
}

/**
 * Reads the failure of any exporter. Only an answer of the backend is final. A connection that cannot be made, an
 * expired certificate or an error without details may all be over the next time.
 */
export function failureOf(error: unknown): ExportFailure {
  if (error instanceof ExportError) return error.failure;
  if (!(error instanceof Error)) return { reason: 'export failed', cause: '_OTHER', retryable: true };
  const code = codeOf(error);
  return {
    reason: printableText([code, error.message].filter((part) => part !== '').join(' ') || error.name),
    cause: printableText(code || error.name, 100),
    retryable: !isRefusal(code) && !(error instanceof TypeError || error instanceof RangeError),
  };
}

/** `fetch` hides the code in the cause of its error. */
function codeOf(error: Error): string {
  if ('code' in error) return String(error.code);
  const { cause } = error;
  return typeof cause === 'object' && cause !== null && 'code' in cause ? String(cause.code) : '';
}

/** A status of HTTP (from 100 on) or a code of gRPC (below 100) that a second attempt cannot change. */
function isRefusal(code: string): boolean {
  if (!/^\d+$/.test(code)) return false;
  const number = Number(code);
  return number >= 100 ? !isRetryableStatus(number) : !RETRYABLE_GRPC_CODES.has(number);
}

/** More kinds of failure would make an unbounded label on a metric. */
const MAX_CAUSES = 20;

/** Spans by the cause that kept them from being exported. */
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
