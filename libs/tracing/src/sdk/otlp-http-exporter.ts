import { diag } from '@opentelemetry/api';
import type { Agent } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ExportError, type ExportFailure } from './export-failure.ts';
import { post, type Attempt, type RetryAdvice } from './otlp-http-request.ts';
import { otlpEncoding, otlpHttpSettings, type OtlpEncoding, type OtlpSignal } from './packages.ts';
import { printableText } from './printable-text.ts';
import type { ExportResult } from './span-pipeline.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;

/**
 * A `Retry-After` counts for at most this long. Servers that mean it ask for seconds or minutes; a year is a mistake or
 * an attack, and would turn tracing off until the next start. After an hour, one request tests it.
 */
const MAX_RETRY_AFTER_MS = 3_600_000;

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
 * Sends spans or metrics over OTLP/HTTP, with the official exporter's settings (all of OTEL_EXPORTER_OTLP_*) and
 * encoding, but with its own request. The official one has no way to learn that the process is about to end: without a
 * listener at the endpoint it retried, and an otherwise finished process stayed for another 10 s (0.223). It also sends
 * a complete body as a stream in chunks.
 */
export class OtlpHttpExporter<Payload> {
  readonly #encoding: OtlpEncoding<Payload>;
  readonly #settings: ReturnType<typeof otlpHttpSettings>;
  readonly #url: URL;
  readonly #pauses = new Set<() => void>();
  readonly #maxRetryAfterMs: number;
  #target: Promise<Target> | undefined;
  /** The receiver's wait until its end, with the reason; nothing is sent before. */
  #quiet: { readonly untilMs: number; readonly failure: string; readonly cause: string } | undefined;
  #finishing = false;
  #closed = false;

  /** @param protocol - `http/protobuf` or `http/json`. Everything else comes from process.env. */
  constructor(signal: OtlpSignal, protocol: string, maxRetryAfterMs = MAX_RETRY_AFTER_MS) {
    this.#maxRetryAfterMs = maxRetryAfterMs;
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

  /**
   * The process is about to end: from now on a batch fails at its first failure. No retry time of the receiver delays
   * the end.
   */
  finishUp(): void {
    this.#finishing = true;
    this.#quiet = undefined;
    for (const proceed of this.#pauses) proceed();
  }

  /** Drops everything, answered or not, so that nothing keeps the process alive. */
  async shutdown(): Promise<void> {
    this.#closed = true;
    this.finishUp();
    if (this.#target !== undefined) (await this.#target).agent.destroy();
  }

  async #deliver(payload: Payload): Promise<Delivery> {
    const giveUpAtMs = performance.now() + this.#settings.timeoutMillis;
    if ((this.#quiet?.untilMs ?? 0) > giveUpAtMs) return this.#leftAlone();
    const encoded = this.#encoding.serializeRequest(payload);
    if (encoded === undefined) return NOT_ENCODED;
    const body = this.#settings.compression === 'gzip' ? await compress(encoded) : encoded;
    for (let failures = 0; ; failures++) {
      if (!(await this.#quietIsOver(giveUpAtMs))) return this.#leftAlone();
      const attempt = await this.#attempt(body, giveUpAtMs - performance.now());
      if (attempt.taken) return { code: 0, rejected: this.#rejectedBy(attempt.response) };
      const { retry, failure: reason, cause } = attempt;
      if (retry === 'never') return { failure: { reason, cause, retryable: false } };
      if (typeof retry === 'object') this.#beQuiet(retry.afterMs, reason, cause);
      const pauseMs = pauseBefore(retry, failures);
      const inTime = performance.now() + pauseMs < giveUpAtMs;
      const last = this.#closed || (this.#finishing && retry !== 'now');
      if (!inTime || last) return { failure: { reason, cause, retryable: true, ...this.#wish() } };
      await this.#pause(pauseMs);
    }
  }

  /** Applies to all batches, including those being sent. */
  #beQuiet(wishMs: number, failure: string, cause: string): void {
    if (wishMs === 0) return;
    const untilMs = performance.now() + Math.min(wishMs, this.#maxRetryAfterMs);
    this.#quiet = { untilMs, failure, cause };
  }

  /** Waits until a request may be sent. Resolves to false if that is too late. */
  async #quietIsOver(giveUpAtMs: number): Promise<boolean> {
    while (this.#quiet !== undefined) {
      const { untilMs } = this.#quiet;
      if (untilMs > giveUpAtMs || this.#finishing) return false;
      const leftMs = untilMs - performance.now();
      if (leftMs <= 0) this.#quiet = undefined;
      else await this.#pause(leftMs);
    }
    return true;
  }

  #leftAlone(): Delivery {
    const { failure: reason = '', cause = '' } = this.#quiet ?? {};
    return { failure: { reason, cause, retryable: true, ...this.#wish() } };
  }

  #wish(): { readonly retryAfterMs?: number } {
    const leftMs = (this.#quiet?.untilMs ?? 0) - performance.now();
    return leftMs > 0 ? { retryAfterMs: Math.ceil(leftMs) } : {};
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

  /** A receiver may take a request and refuse a part of it. Nothing to retry, but worth a log line. */
  #rejectedBy(response: Buffer): number {
    if (response.length === 0) return 0;
    try {
      const { partialSuccess } = this.#encoding.deserializeResponse(response);
      const rejected = Number(partialSuccess?.rejectedSpans ?? partialSuccess?.rejectedDataPoints ?? 0);
      if (rejected > 0)
        diag.warn(`the backend rejected ${rejected}: ${printableText(partialSuccess?.errorMessage ?? '')}`);
      return rejected > 0 ? rejected : 0;
    } catch {
      // The status was a success, so the body does not matter.
      return 0;
    }
  }
}

/** Grows by half each time, with a fifth of jitter so that many clients do not come back at once. */
function pauseBefore(retry: RetryAdvice, failures: number): number {
  if (retry === 'now') return 0;
  // The wait that the receiver asks for applies to every batch: see #quietIsOver. Zero would invite a storm.
  if (typeof retry === 'object' && retry.afterMs > 0) return 0;
  return Math.min(FIRST_BACKOFF_MS * 1.5 ** failures, MAX_BACKOFF_MS) * (0.8 + 0.4 * Math.random());
}
