import { diag } from '@opentelemetry/api';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { Agent } from 'node:http';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { post, type Attempt, type RetryAdvice } from './otlp-http-request.ts';
import { otlpEncoding, otlpHttpSettings } from './packages.ts';

const FIRST_BACKOFF_MS = 1_000;
const MAX_BACKOFF_MS = 5_000;

const compress = promisify(gzip);

interface Target {
  readonly agent: Agent;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Sends spans over OTLP/HTTP, with the official exporter's settings (all of OTEL_EXPORTER_OTLP_*) and encoding, but
 * with its own request. The official one cannot be told that the process is about to end: with nobody listening at the
 * endpoint it retried on, and an otherwise finished process stayed for another 10 s (0.223). It also sends a body that
 * is complete as a stream in chunks.
 */
export class OtlpHttpExporter implements SpanExporter {
  readonly #encoding: ReturnType<typeof otlpEncoding>;
  readonly #settings: ReturnType<typeof otlpHttpSettings>;
  readonly #url: URL;
  readonly #pauses = new Set<() => void>();
  #target: Promise<Target> | undefined;
  #finishing = false;
  #closed = false;

  /** @param protocol - `http/protobuf` or `http/json`. Everything else comes from process.env. */
  constructor(protocol: string) {
    this.#encoding = otlpEncoding(protocol);
    this.#settings = otlpHttpSettings({
      'Content-Type': protocol === 'http/json' ? 'application/json' : 'application/x-protobuf',
    });
    this.#url = new URL(this.#settings.url);
  }

  export(spans: ReadableSpan[], done: (result: { code: number; error?: Error }) => void): void {
    this.#deliver(spans).then(
      (failure) => done(failure === undefined ? { code: 0 } : { code: 1, error: new Error(failure) }),
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

  async #deliver(spans: ReadableSpan[]): Promise<string | undefined> {
    const encoded = this.#encoding.serializeRequest(spans);
    if (encoded === undefined) return 'the spans could not be encoded';
    const body = this.#settings.compression === 'gzip' ? await compress(encoded) : encoded;
    const giveUpAtMs = performance.now() + this.#settings.timeoutMillis;
    for (let failures = 0; ; failures++) {
      const attempt = await this.#attempt(body, giveUpAtMs - performance.now());
      if (attempt.taken) {
        this.#noteRejected(attempt.response);
        return undefined;
      }
      const pauseMs = pauseBefore(attempt.retry, failures);
      const inTime = performance.now() + pauseMs < giveUpAtMs;
      const last = this.#closed || (this.#finishing && attempt.retry !== 'now');
      if (attempt.retry === 'never' || !inTime || last) return attempt.failure;
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

  /** A receiver may take a request and refuse some of its spans: nothing to retry, but worth a word for who debugs. */
  #noteRejected(response: Buffer): void {
    if (response.length === 0) return;
    try {
      const { partialSuccess } = this.#encoding.deserializeResponse(response);
      const rejected = Number(partialSuccess?.rejectedSpans ?? 0);
      if (rejected > 0) diag.warn(`${rejected} spans were rejected: ${partialSuccess?.errorMessage ?? ''}`);
    } catch {
      // The status was a success; whatever the body is, it is not for us.
    }
  }
}

/** Grows by half each time, with a fifth of jitter so that many clients do not come back at once. */
function pauseBefore(retry: RetryAdvice, failures: number): number {
  if (retry === 'now') return 0;
  if (typeof retry === 'object') return retry.afterMs;
  return Math.min(FIRST_BACKOFF_MS * 1.5 ** failures, MAX_BACKOFF_MS) * (0.8 + 0.4 * Math.random());
}
