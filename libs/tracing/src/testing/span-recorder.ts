import { AsyncLocalStorage } from 'node:async_hooks';
import type { SdkSpan } from './recorded-span.ts';
import { SpanLog, type RecordedSpans } from './span-log.ts';

/** The spans of one {@link SpanRecorder.during}: those started in its scope, and those that join their traces. */
class ScopedLog extends SpanLog {
  readonly #traceIds = new Set<string>();

  override onStart(span: SdkSpan): void {
    this.#traceIds.add(span.spanContext().traceId);
    super.onStart(span);
  }

  joins(span: SdkSpan): boolean {
    return this.#traceIds.has(span.spanContext().traceId);
  }
}

/**
 * Records the spans of any tracer provider of the 2.x or 3.x SDK that has it among its `spanProcessors`:
 *
 * ```ts
 * const spans = new SpanRecorder();
 * const provider = new BasicTracerProvider({ sampler, spanProcessors: [spans] });
 * ```
 *
 * It sees only what the SDK passes to span processors, so it never sees spans that the sampler dropped.
 */
export class SpanRecorder extends SpanLog {
  readonly #scope = new AsyncLocalStorage<ScopedLog>();
  readonly #scopes = new Set<ScopedLog>();

  override onStart(span: SdkSpan): void {
    super.onStart(span);
    const own = this.#scope.getStore();
    for (const scope of this.#scopes) if (scope === own || scope.joins(span)) scope.onStart(span);
  }

  override onEnd(span: SdkSpan): void {
    super.onEnd(span);
    for (const scope of this.#scopes) scope.onEnd(span);
  }

  /**
   * Runs `work` with its own recording, for tests that run at the same time in one process (`it.concurrent`). The
   * recording contains the spans that `work` starts, including roots of other traces, and spans in these traces that
   * were started elsewhere, e.g. by a server in this process that was called with a `traceparent`.
   *
   * Query the recording before `work` ends, because it ends with it. {@link reset} does not affect it.
   */
  async during<T>(work: (spans: RecordedSpans) => T | Promise<T>): Promise<T> {
    const scope = new ScopedLog();
    this.#scopes.add(scope);
    try {
      // Our own storage, not a key in the OpenTelemetry context: a batch starts from ROOT_CONTEXT.
      return await this.#scope.run(scope, work, scope);
    } finally {
      this.#scopes.delete(scope);
    }
  }

  /** Nothing is buffered: a span is there as soon as it has ended. */
  forceFlush(): Promise<void> {
    return Promise.resolve();
  }

  /** Keeps the recorded spans, so that a test can look at them after the provider was shut down. */
  shutdown(): Promise<void> {
    return Promise.resolve();
  }
}
