import { ExportResultCode, type ExportResult } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';

/** An exporter whose backend is down at first. */
export class FailingBackend implements SpanExporter {
  isDown = true;
  /** Names of the spans that a processor has handed over. */
  readonly handedOver = new Set<string>();
  readonly #exporter: SpanExporter;

  constructor(exporter: SpanExporter) {
    this.#exporter = exporter;
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    for (const { name } of spans) this.handedOver.add(name);
    if (this.isDown) done({ code: ExportResultCode.FAILED, error: new Error('503 Service Unavailable') });
    else this.#exporter.export(spans, done);
  }

  async forceFlush(): Promise<void> {
    await this.#exporter.forceFlush?.();
  }

  async shutdown(): Promise<void> {
    await this.#exporter.shutdown();
  }
}
