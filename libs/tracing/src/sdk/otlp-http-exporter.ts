import { diag } from '@opentelemetry/api';
import type { Agent } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ExportError, type ExportFailure } from './export-failure.ts';
import { post, type Attempt, type RetryAdvice } from './otlp-http-request.ts';
import { otlpEncoding, otlpHttpSettings, type OtlpEncoding, type OtlpSignal } from './packages.ts';
import type { ExportResult } from './span-pipeline.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;

const compress = promisify(gzip);

type Delivery = { readonly code: 0; readonly rejected: number } | { readonly failure: ExportFailure };

const NOT_ENCODED: Delivery = {
  failure: { reason: 'could not be encoded', cause: 'encoding', retryable: false },
};

interface Target {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends spans or metrics over OTLP/HTTP, with the official exporter's settings (all of OTEL_EXPORTER_OTLP_*) and encoding, but
 * with its own request. The official one cannot be told that the process is about to end: with nobody listening at the
 * endpoint it retried on, and an otherwise finished process stayed for another 10 s (0.223). It also sends a body that
 * is complete as a stream in chunks.
 */
export class OtlpHttpExporter<Payload> {
  readonly #encoding: OtlpEncoding<Payload>;
  readonly #settings: ReturnType<typeof otlpHttpSettings>;
  readonly #url: URL;
  readonly #pauses = new Set<() => void>();
  #target: Promise<Target> | undefined;
  #finishing = false;
  #closed = false;

  /** @param protocol - `http/protobuf` or `http/json`. Everything else comes from process.env. */
  constructor(signal: OtlpSignal, protocol: string) {
    this.#encoding = otlpEncoding(signal, protocol);
    this.#settings = otlpHttpSettings(signal, {
      'Content-Type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
    });
    this.#url = new URL(this.#settings.url);
  }

  export(payload: Payload, done: (result: ExportResult) => void): void {
    this.#deliver(payload).then(
      (delivery) =>
        done('failure' in delivery ? { code: 1, error: new ExportError(delivery.failure) } : delivery),
      (error: unknown) => done({ code: 1, error: error instanceof Error ? error : new Error(String(error)) }),
    );
  }

  /** The process is about to end: from now on the first failure of a batch is its last. */
  finishUp(): void {
    this.#finishing = true;
    for (const proceed of this.#pauses) proceed();
  }

  /** Lets go of everything, answered or not, so that nothing keeps the process alive. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    this.finishUp();
    if (this.#target !== undefined) (await this.#target).agent.destroy();
  }

  async #deliver(payload: Payload): Promise<Delivery> {
    const encoded = this.#encoding.serializeRequest(payload);
    if (encoded === undefined) return NOT_ENCODED;
    const body = this.#settings.compression === 'gzip' ? await compress(encoded) : encoded;
    const giveUpAtMs = performance.now() + this.#settings.timeoutMillis;
    for (let failures = 0; ; failures++) {
      const attempt = await this.#attempt(body, giveUpAtMs - performance.now());
      if (attempt.taken) return { code: 0, rejected: this.#rejectedBy(attempt.response) };
      const pauseMs = pauseBefore(attempt.retry, failures);
      const inTime = performance.now() + pauseMs < giveUpAtMs;
      const last = this.#closed || (this.#finishing && attempt.retry !== 'now');
      const retryable = attempt.retry !== 'never';
      if (!retryable || !inTime || last) {
        return { failure: { reason: attempt.failure, cause: attempt.cause, retryable } };
      }
      await this.#pause(pauseMs);
    }
  }

  async #attempt(body: Uint8Array, timeoutMs: number): Promise<Attempt> {
    this.#target ??= this.#openTarget();
    const { agent, headers } = await this.#target;
    return post({ url: this.#url, headers, agent, body, timeoutMs: Math.ceil(timeoutMs) });
  }

  async #openTarget(): Promise<Target> {
    return {
      agent: await this.#settings.agentFactory(this.#url.protocol),
      headers: {
        ...(await this.#settings.headers()),
        'User-Agent': 'span-links-tracing',
        ...(this.#settings.compression === 'gzip' && { 'Content-Encoding': 'gzip' }),
      },
    };
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const proceed = (): void => {
        clearTimeout(timer);
        this.#pauses.delete(proceed);
        resolve();
      };
      const timer = setTimeout(proceed, ms).unref();
      this.#pauses.add(proceed);
    });
  }

  /** A receiver may take a request and refuse some of what is in it: nothing to retry, but worth a word. */
  #rejectedBy(response: Buffer): number {
    if (response.length === 0) return 0;
    try {
      const { partialSuccess } = this.#encoding.deserializeResponse(response);
      const rejected = Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0);
      if (rejected > 0) diag.warn(`the backend rejected ${rejected}: ${partialSuccess?.errorMessage ?? ''}`);
      return rejected > 0 ? rejected : 0;
    } catch {
      // The status was a success; whatever the body is, it is not for us.
      return 0;
    }
  }
}

/** Grows by half each time, with a fifth of jitter so that many clients do not come back at once. */
function pauseBefore(retry: RetryAdvice, failures: number): number {
  if (retry === 'now') return 0;
  if (typeof retry === 'object') return retry.afterMs;
  return Math.min(FIRST_BACKOFF_MS * 1.5 ** failures, MAX_BACKOFF_MS) * (0.8 + 0.4 * Math.random());
}
